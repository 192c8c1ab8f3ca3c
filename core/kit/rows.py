"""Rows of a list before they are ordered and cut, and what is counted beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, cast, func, literal_column
from sqlalchemy.sql import ColumnElement, FromClause, Select

from core.kit.db import owned
from core.kit.ids import global_id
from core.kit.order import Order
from core.kit.sql import key_of, prefix_of_target


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows before they are ordered and cut: ``table`` is what columns are taken from."""

    table: FromClause
    total: Select[Any]
    page: Select[Any]
    order: Sequence[Order]
    limit: Any
    #: For each facet: its name, its column, and the rows it counts.
    facets: Sequence[tuple[str, ColumnElement[Any], Select[Any]]] = ()
    #: How many of them a row of those stands for.
    weight: ColumnElement[Any] | None = None

    def select(self, columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
        order = (o.clause for o in self.order)
        return self.page.add_columns(*columns).order_by(*order).limit(self.limit)

    def counts(self) -> Sequence[tuple[str, Select[Any]]]:
        """For each facet, a select of its values and how many rows have each, in a fixed order."""
        count = how_many(self.weight)
        return [
            (name, rows.add_columns(column, count).group_by(column).order_by(column))
            for name, column, rows in self.facets
        ]


def how_many(weight: ColumnElement[Any] | None = None) -> ColumnElement[Any]:
    """How many rows there are, if each stands for *weight* of them."""
    if weight is None:
        return func.count()
    return cast(func.coalesce(func.sum(weight), literal_column("0")), BigInteger)


@dataclass(frozen=True, eq=False)
class Linked:
    """A facet on the far side of a link table: a row counts once for each of its links."""

    near: Column[Any]
    far: Column[Any]

    def beside(self, source: FromClause, table: FromClause) -> tuple[Any, FromClause]:
        """The far column, and *source* with the links of *table* joined to it."""
        link = self.near.table.alias()
        on = owned(link) & (link.c[self.near.key] == key_of(table))
        return link.c[self.far.key], source.join(link, on)


def facet_text(column: Any) -> Callable[[Any], str | None]:
    """How the values of a facet on *column* are shown: ids as those of the API."""
    prefix = prefix_of_target(column.far if isinstance(column, Linked) else column)

    def text(value: Any) -> str | None:
        if value is None:
            return None
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if prefix is None else global_id(prefix, value)

    return text
