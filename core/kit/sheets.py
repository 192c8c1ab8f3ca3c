"""Tables as spreadsheets have them: what a module's rows look like in columns, named once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.kit.filters import Filter
from core.kit.order import Order, Orders
from core.kit.relation import Relation
from core.kit.search import Search
from core.kit.sql import key_of


class Kind(StrEnum):
    """What stands in the cells of a column."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    DATE = "DATE"
    #: An instant, in the tenant's time zone.
    INSTANT = "INSTANT"
    BOOLEAN = "BOOLEAN"


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a sheet. Its key is the same in every language, and for ever."""

    key: str
    french: str
    english: str
    #: A column of the sheet's table, or an expression beside it, as ``value`` takes one.
    read: Any
    kind: Kind = Kind.TEXT

    def header(self, language: str) -> str:
        return self.french if language == "fr" else self.english


@dataclass(frozen=True, eq=False)
class Sheet:
    """Rows of a table as lines, and by what they are found and ordered."""

    name: str
    french: str
    english: str
    model: Any
    requires: str
    columns: tuple[Column, ...]
    order_by: Sequence[Any]
    filters: type[Filter]
    orders: Orders
    search: Search | None = None
    #: An expression that gives what a row has in custom fields, as JSON by key, and the target
    #: that their definitions are for.
    custom: Any = None
    custom_of: str = ""

    def relation(self) -> Relation:
        """All rows, as the list of the API has them."""
        key = key_of(self.model.__table__)
        return Relation(
            self.model.__table__,
            order=tuple(Order.of(o) for o in self.order_by),
            tie=Order(key),
            filters=self.filters,
            orders=self.orders,
            search=self.search,
        )

    def title(self, language: str) -> str:
        return self.french if language == "fr" else self.english
