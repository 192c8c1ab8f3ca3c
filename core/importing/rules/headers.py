"""Which row of a sheet has the headers, and which field each of them means."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.importing.reading.sheets import Row
from core.importing.rules.cells import stripped
from core.kit.errors import Refused
from core.kit.keys import sort_key
from core.kit.sheets import Column

#: The headers are among the first rows of a sheet.
DEEPEST = 20
#: What a report of refused rows has besides the columns of their file.
REPORT_HEADERS = {
    "fr": ("Ligne refusée", "Refusée parce que"),
    "en": ("Refused row", "Refused because"),
}
_OTHER = re.compile(r"[^a-z0-9]+")


def plain(header: str) -> str:
    """A header as it is compared: without case, accents and what is no letter."""
    return _OTHER.sub(" ", sort_key(header)).strip()


class Meanings:
    """The columns there are, by every header that means one of them, the most telling first."""

    def __init__(self, columns: Iterable[Column]) -> None:
        columns = list(columns)
        self.keys = {column.key for column in columns if column.imported}
        self._by_header: dict[str, list[str]] = {}
        # What an export calls a column means that column, before any synonym of another.
        for column in columns:
            for header in column.headers[:3]:
                self._note(header, column)
        for column in columns:
            for header in column.headers[3:]:
                self._note(header, column)

    def _note(self, header: str, column: Column) -> None:
        known = self._by_header.setdefault(plain(header), [])
        key = column.key if column.imported else ""
        if key not in known and plain(header):
            known.append(key)

    def of(self, header: str) -> list[str]:
        """The columns that it may mean; an empty key for one that isn't imported."""
        return self._by_header.get(plain(header), [])

    def all_of(self, key: str) -> list[str]:
        """The headers that mean a column, as they are compared."""
        return [header for header, keys in self._by_header.items() if key in keys]

    def proposed(self, headers: Sequence[str]) -> list[str]:
        """The column of each header; where several mean the same, the first has it."""
        found: list[str] = []
        for header in headers:
            meant = [key for key in self.of(header) if key not in found or not key]
            found.append(meant[0] if meant else "")
        return found

    def known(self, row: Row) -> int:
        """How many different headers the row has."""
        return len({tuple(meant) for text in row.spread or row.cells if (meant := self.of(text))})


_REPORTED = {plain(header) for both in REPORT_HEADERS.values() for header in both}


def is_report(headers: Iterable[str]) -> bool:
    """Whether they are those of a report of refused rows."""
    return _REPORTED & {plain(header) for header in headers} != set()


@dataclass(frozen=True)
class Header:
    """The row of the headers, and what they say."""

    number: int
    texts: list[str]


def find(rows: Sequence[Row], meanings: Meanings) -> Header | None:
    """The row that has the most headers we know, the first of several; else the first full one."""
    known = [meanings.known(row) for row in rows[:DEEPEST]]
    if any(known):
        place = known.index(max(known))
    else:
        filled = [sum(bool(c.strip()) for c in row.cells) for row in rows[:DEEPEST]]
        place = next((i for i, count in enumerate(filled) if count > 1), 0)
    return header_at(rows, place, meanings) if rows else None


def header_at(rows: Sequence[Row], place: int, meanings: Meanings) -> Header:
    """The headers in a row. What is blank there has the header above it, if that is one we know."""
    row = rows[place]
    texts = [stripped(text) for text in row.spread or row.cells]
    if place and rows[place - 1].number == row.number - 1:
        above = rows[place - 1]
        for column, text in enumerate(above.spread or above.cells):
            texts += [""] * (column + 1 - len(texts))
            if not texts[column] and any(meanings.of(text)):
                texts[column] = stripped(text)
    return Header(row.number, [text[:200] for text in texts])


def said_by(
    headers: Sequence[str], mapping: Sequence[str], meanings: Meanings
) -> list[frozenset[str]]:
    """For each column what :func:`is_again` knows it by: its header, and others that mean it."""
    return [
        frozenset({plain(header), *(meanings.all_of(key) if key else ())})
        for header, key in zip(headers, mapping, strict=True)
    ]


def is_again(cells: Sequence[str], columns: Sequence[frozenset[str]]) -> bool:
    """Whether a row below the headers says them anew, as where files were put behind each other.

    Each of its cells, and there are several, is its column's header, or another that means it.
    """
    said = 0
    for cell, known in zip(cells, columns, strict=False):
        if cell and (kept := plain(cell)):
            if kept not in known:
                return False
            said += 1
    return said > 1


def fingerprint(headers: Sequence[str]) -> str:
    """The same for the same headers, whatever their case and accents, and what a report added."""
    named = [plain(header) for header in headers if plain(header) not in _REPORTED]
    return hashlib.sha256("\n".join(named).encode()).hexdigest()


def remembered(headers: Sequence[str], mapping: Sequence[str]) -> list[str]:
    """What of a mapping is kept under the fingerprint of its headers."""
    return [
        key for header, key in zip(headers, mapping, strict=True) if plain(header) not in _REPORTED
    ]


def recalled(headers: Sequence[str], kept: Sequence[str], keys: set[str]) -> list[str]:
    """What was kept, for headers with the same fingerprint; columns that are gone are left out."""
    waiting = iter(kept)
    found = ["" if plain(header) in _REPORTED else next(waiting, "") for header in headers]
    return [key if key in keys else "" for key in found]


def checked(mapping: Sequence[str | None], headers: Sequence[str], keys: set[str]) -> list[str]:
    """A mapping as it is kept: a column that there is for each header, none of them twice."""
    if len(mapping) != len(headers):
        raise Refused(
            "MAPPING_INCOMPLETE",
            f"The file has {len(headers)} columns; {len(mapping)} are mapped.",
            "columns",
        )
    kept: list[str] = []
    for place, key in enumerate(mapping):
        key = key or ""
        if key and key not in keys:
            raise Refused("UNKNOWN_COLUMN", f"There is no column '{key[:60]}'.", f"columns.{place}")
        if key and key in kept:
            raise Refused(
                "DUPLICATE_COLUMN", f"Two columns are meant for '{key[:60]}'.", f"columns.{place}"
            )
        kept.append(key)
    return kept
