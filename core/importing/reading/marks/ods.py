"""The marks of a sheet of an OpenDocument archive: where it stands depends on all before it."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.parsers import expat

from core.importing.reading.limits import MOST_COLUMNS, MOST_ROWS
from core.importing.reading.marks.found import ERROR, UNCALCULATED, Marks
from core.importing.reading.refusals import Unreadable

_NAMES = "urn:oasis:names:tc:opendocument:xmlns:{}:1.0 "
_TABLE, _OFFICE = _NAMES.format("table"), _NAMES.format("office")
_CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 "
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")


def marks(path: Path, sheet: str) -> Marks:
    found = _Sheet(sheet)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = found.begin
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.say
    try:
        with zipfile.ZipFile(path) as archive, archive.open("content.xml") as part:
            parser.ParseFile(part)
    except expat.ExpatError as error:
        raise Unreadable("FILE_DAMAGED", "The file is damaged, or not a workbook.") from error
    return found.marks


class _Sheet:
    """Goes through the sheets of a document, and notes what is to be noted of one of them."""

    def __init__(self, name: str) -> None:
        self.marks = Marks()
        self._name = name
        #: How many tables it is in; below the first, they are parts of cells.
        self._depth = 0
        self._is_it = False
        self._row = self._column = self._rows = 0
        self._cell: Mapping[str, str] | None = None
        self._text: list[str] = []

    def begin(self, name: str, given: Mapping[str, str]) -> None:
        if name == f"{_TABLE}table":
            self._depth += 1
            if self._depth == 1:
                self._is_it = given.get(f"{_TABLE}name") == self._name
                self._row = 0
        elif self._is_it and self._depth == 1:
            if name == f"{_TABLE}table-row":
                self._rows = _repeated(given, "rows")
                self._column = 0
            elif name in _CELLS:
                self._cell, self._text = given, []

    def say(self, text: str) -> None:
        if self._cell is not None:
            self._text.append(text)

    def end(self, name: str) -> None:
        if name == f"{_TABLE}table":
            self._depth -= 1
            self._is_it = self._is_it and self._depth > 0
        elif self._is_it and self._depth == 1:
            if name == f"{_TABLE}table-row":
                self._row += self._rows
            elif name in _CELLS and self._cell is not None:
                self._note(self._cell, "".join(self._text))
                self._column += _repeated(self._cell, "columns")
                self._cell = None

    def _note(self, cell: Mapping[str, str], shown: str) -> None:
        value = cell.get(f"{_OFFICE}value", "")
        is_padded = shown[:1] == "0" and shown.isdigit() and shown.lstrip("0") == value
        meaning = _meaning(cell)
        if not is_padded and meaning is None:
            return
        for row in range(self._row, self._row + min(self._rows, MOST_ROWS)):
            for column in range(
                self._column, self._column + min(_repeated(cell, "columns"), MOST_COLUMNS)
            ):
                if meaning is not None:
                    self.marks.say(row, column, meaning)
                else:
                    self.marks.pad(row, column, len(shown))


def _meaning(cell: Mapping[str, str]) -> str | None:
    type_ = cell.get(f"{_CALC}value-type") or cell.get(f"{_OFFICE}value-type")
    if type_ == "error":
        return ERROR
    return UNCALCULATED if type_ is None and f"{_TABLE}formula" in cell else None


def _repeated(given: Mapping[str, str], what: str) -> int:
    written = given.get(f"{_TABLE}number-{what}-repeated", "1")
    return int(written) if written.isdigit() else 1
