"""What rows are ordered by, and the choices an API user has of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.sql import ColumnElement, operators

from core.kit.arguments import ORDER_SUFFIX


def core(expression: Any) -> Any:
    """A mapped attribute, or an expression of some, as SQLAlchemy Core sees it."""
    clause = getattr(expression, "__clause_element__", lambda: expression)()
    return clause._deannotate()


@dataclass(frozen=True)
class Order:
    """One column of an ``order_by``; nulls come last, whichever the direction."""

    column: ColumnElement[Any]
    descending: bool = False

    @classmethod
    def of(cls, expression: Any) -> Order:
        clause = core(expression)
        if getattr(clause, "modifier", None) is operators.desc_op:
            return cls(clause.element, True)
        return cls(clause)

    @property
    def nullable(self) -> bool:
        return bool(getattr(self.column, "nullable", True))

    @property
    def clause(self) -> ColumnElement[Any]:
        ordered = self.column.desc() if self.descending else self.column.asc()
        return ordered.nulls_last() if self.nullable else ordered


class Orders:
    """The orders that API users may ask for: an enum with two values for each column.

    ``Orders("Contact", name=models.Contact.name_key, updated_at=models.Contact.updated_at)``
    makes the enum ``ContactOrderBy {NAME_ASC NAME_DESC UPDATED_AT_ASC UPDATED_AT_DESC}``.
    """

    def __init__(self, name: str, /, **columns: Any) -> None:
        self._columns = {key.upper(): core(column) for key, column in columns.items()}
        choices = [f"{key}_{way}" for key in self._columns for way in ("ASC", "DESC")]
        title = name + ORDER_SUFFIX
        enum: Any = Enum(title, {c: c for c in choices})  # type: ignore[misc]
        self.enum: Any = strawberry.enum(enum, description="What to order by, and which way.")

    def chosen(self, asked: Sequence[Any]) -> list[Order]:
        """The orders named by values of the enum."""
        orders = []
        for choice in asked:
            key, _, way = str(getattr(choice, "value", choice)).rpartition("_")
            orders.append(Order(self._columns[key], way == "DESC"))
        return orders
