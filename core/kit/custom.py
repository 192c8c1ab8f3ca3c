"""What a module says of the rows that tenants may define fields for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.kit.events import Event
from core.kit.ids import prefix_of


@dataclass(frozen=True, eq=False)
class CustomFieldTarget:
    """Rows that have custom values: contacts, persons, missions …

    Definitions belong to what *scope* points to (contacts have the fields of their group), or,
    if that is the tenant's column, all rows have the same fields.
    """

    #: Names it in the API: ``PERSON``.
    kind: str
    #: The model whose rows have values, and the one of what they have in a field.
    subject: Any
    values: Any
    #: The column of *subject* that decides which fields a row has, and the one that names it.
    scope: Any
    name: Any
    #: The model of what *scope* names; None if that is the tenant.
    within: Any = None
    #: Makes the event that values of a row have changed, given the row and what changed.
    changed: Callable[[Any, str], Event] | None = None

    @property
    def key(self) -> str:
        """The column of the values that says whose they are."""
        for column in self.values.__table__.primary_key:
            if column.foreign_keys and column.key not in ("tenant_id", "field_id"):
                return str(column.key)
        raise AssertionError(f"{self.values.__name__} doesn't say whose the values are")

    @property
    def title(self) -> str:
        """What a row is called in a sentence."""
        return self.kind.lower().replace("_", " ")

    @property
    def scope_prefix(self) -> str | None:
        """How the ids of what the definitions belong to begin; None if that is the tenant."""
        return None if self.within is None else prefix_of(self.within.__name__)

    @property
    def scope_title(self) -> str:
        return (self.scope_prefix or "tenant").replace("_", " ")
