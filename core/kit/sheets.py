"""Tables as spreadsheets have them: what a module's rows look like in columns, named once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.kit.filters import Filter
from core.kit.importing import Part
from core.kit.order import Order, Orders
from core.kit.relation import Relation
from core.kit.search import Search
from core.kit.sql import key_of

#: What a cell of the spreadsheet format holds, as its programs count: in UTF-16.
MOST_CHARACTERS = 32_767
#: Of a text of blanks, reading leaves the mark alone.
_CUT = re.compile(r"(?:\A| )…⟦[0-9]+/[0-9]+⟧\Z")


class Kind(StrEnum):
    """What stands in the cells of a column."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    DATE = "DATE"
    #: An instant, in the tenant's time zone.
    INSTANT = "INSTANT"
    BOOLEAN = "BOOLEAN"


def words(text: str) -> tuple[str, ...]:
    """Headers, written with commas between them."""
    return tuple(" ".join(each.split()) for each in text.split(","))


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a sheet. Its key is the same in every language, and for ever."""

    key: str
    french: str
    english: str
    #: A column of the sheet's table, or an expression beside it, as ``value`` takes one.
    read: Any = None
    kind: Kind = Kind.TEXT
    #: Other headers that mean it in files that people send.
    also: tuple[str, ...] = ()
    #: Whether an import writes it; what it doesn't write, it passes over.
    imported: bool = True
    #: How saved views name it besides by its key: paths below a row of the list.
    paths: tuple[str, ...] = ()
    #: A permission that its cells ask for besides the sheet's own.
    requires: str | None = None

    def header(self, language: str) -> str:
        return self.french if language == "fr" else self.english

    @property
    def headers(self) -> list[str]:
        """All that mean it: its key, its own in both languages, and the others."""
        return [self.key, self.french, self.english, *self.also]


@dataclass(frozen=True, eq=False)
class Sheet:
    """Rows of a table as lines, and by what they are found and ordered."""

    #: As the list's field of ``Query`` is called.
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
    #: Of a list that has not all rows: which it has.
    where: Any = None
    #: An expression that gives what a row has in custom fields, as JSON by key, and the target
    #: that their definitions are for.
    custom: Any = None
    custom_of: str = ""
    #: What an import does with its rows; without it, there is none.
    importing: Part | None = None

    def relation(self) -> Relation:
        """All rows, as the list of the API has them."""
        key = key_of(self.model.__table__)
        return Relation(
            self.model.__table__,
            where=self.where,
            order=tuple(Order.of(o) for o in self.order_by),
            tie=Order(key),
            filters=self.filters,
            orders=self.orders,
            search=self.search,
        )

    def title(self, language: str) -> str:
        return self.french if language == "fr" else self.english


@dataclass(frozen=True, eq=False)
class SheetPart:
    """Columns that a module adds to the rows of another's sheet, for imports."""

    #: The name of the sheet.
    sheet: str
    columns: tuple[Column, ...]
    importing: Part


@dataclass(frozen=True, eq=False)
class MoreColumns:
    """Columns that a module adds to the rows of another's sheet, for exports."""

    #: The name of the sheet.
    sheet: str
    columns: tuple[Column, ...]


def characters(text: str) -> int:
    """How long *text* is for a cell."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str) -> str:
    """As much of *text* as a cell holds, with a mark at its end: nobody takes it for the whole."""
    whole = characters(text)
    kept = MOST_CHARACTERS - len(f" …⟦{MOST_CHARACTERS}/{whole}⟧")
    # Half of a letter that would not fit is left out.
    held = text.encode("utf-16-le")[: 2 * kept].decode("utf-16-le", "ignore")
    return f"{held} …⟦{characters(held)}/{whole}⟧"


def is_cut(cell: str) -> bool:
    """Whether *cell* is what :func:`cut` has left of a text: it must not be read back as that."""
    return _CUT.search(cell) is not None
