"""What the value of a declared field may come from, besides a :class:`Relation`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, Select, Table
from sqlalchemy.sql import ColumnElement, FromClause

from core.kit.ids import prefix_of
from core.kit.sql import value_beside


class Record:
    """An object of the API that stands for a row. A resolver finds its columns as attributes.

    Relations are not attributes: a record knows its own row and nothing else. *requires* is the
    permission without which nobody reaches an object of this type. Where instead each row says
    who may see it, *seen* is the condition: for ``node``, and for root fields that say it too.
    """

    __table__: ClassVar[Table]
    __requires__: ClassVar[str | None] = None
    __seen__: ClassVar[ColumnElement[bool] | None] = None
    _row: Any
    #: Values that the planned execution brought along, by response key.
    _ready: dict[str, Any] | None

    def __init_subclass__(
        cls, table: Any = None, requires: str | None = None, seen: Any = None, **options: Any
    ) -> None:
        super().__init_subclass__(**options)
        if requires is not None:
            cls.__requires__ = requires
        if seen is not None:
            cls.__seen__ = seen
        if table is not None:
            cls.__table__ = table if isinstance(table, Table) else table.__table__
            if any("Node" in base.__name__ for base in cls.__mro__[1:]):
                cls.__table__.info["prefix"] = prefix_of(cls.__name__)

    def value_of(self, column: Any) -> Any:
        """The value of a column, also of one that the API doesn't show."""
        return self._row[list(self.__table__.c.keys()).index(column.key)]

    @property
    def row_key(self) -> UUID:
        """The row's id."""
        found: UUID = self.value_of(self.__table__.c.id)
        return found


@dataclass(frozen=True, eq=False)
class Value:
    """An SQL expression over the parent's columns."""

    expression: ColumnElement[Any]

    @property
    def is_json(self) -> bool:
        """Whether the driver gives JSON text."""
        return isinstance(_typed(self.expression), JSON)

    def of(self, parent: FromClause) -> Any:
        return value_beside(self.expression, parent)


def _typed(expression: Any) -> Any:
    return expression.scalar_subquery().type if isinstance(expression, Select) else expression.type


@dataclass(frozen=True, eq=False)
class Computed:
    """Pure Python over some of the parent's columns."""

    using: Callable[..., Any]
    needs: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SameRow:
    """The parent's own row, seen as another type."""


@dataclass(frozen=True, eq=False)
class Written:
    """The row that a mutation wrote: its key is an attribute of the payload."""


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a connection, whose page is already there."""

    name: str


@dataclass(frozen=True, eq=False)
class AnyNode:
    """The node that an ID names, whatever its type."""
