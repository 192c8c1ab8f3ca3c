"""The formats: each writes lines to a file, a few at a time, in bounded memory."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import orjson
from xlsxwriter import Workbook

from core.exporting.rules import marked, neutralised
from core.kit.sheets import MOST_CHARACTERS, characters, cut

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: A cell that a text was too long for: its row (the header is 1), column, and characters.
Cut = tuple[int, int, int]
#: A number of more digits is another one by the time that a spreadsheet has read it.
MOST_DIGITS = 15
#: Of days before it, programs think differently: there was no 29 February 1900, as Excel has it.
FIRST_DAY = date(1900, 3, 1)


class Writer(Protocol):
    """Writes lines of plain values: text, numbers, days, instants without zone, booleans."""

    @property
    def cut(self) -> Sequence[Cut]: ...
    def write(self, lines: Sequence[Sequence[Any]]) -> None: ...

    def close(self) -> None:
        """The file is whole."""

    def abandon(self) -> None:
        """Nobody wants the file any more: nothing of it is left open, or beside its place."""


@contextmanager
def whole(writer: Writer) -> Iterator[Writer]:
    """Leave nothing of a file that is not written to its end."""
    try:
        yield writer
    except BaseException:
        writer.abandon()
        raise


class Csv:
    cut: Sequence[Cut] = ()

    def __init__(self, path: Path, headers: Sequence[str], separator: str, bom: bool) -> None:
        # With the mark of its encoding, French Excel opens it by a double click.
        encoding = "utf-8-sig" if bom else "utf-8"
        self._file = path.open("w", encoding=encoding, newline="")
        self._csv = csv.writer(self._file, delimiter=separator)
        self._csv.writerow(map(neutralised, headers))

    def write(self, lines: Sequence[Sequence[Any]]) -> None:
        self._csv.writerows([_cell(value) for value in line] for line in lines)

    def close(self) -> None:
        self._file.close()

    def abandon(self) -> None:
        self._file.close()


class JsonLines:
    cut: Sequence[Cut] = ()

    def __init__(self, path: Path, keys: Sequence[str]) -> None:
        self._file, self._keys = path.open("wb"), keys

    def write(self, lines: Sequence[Sequence[Any]]) -> None:
        for line in lines:
            named = dict(zip(self._keys, line, strict=True))
            self._file.write(orjson.dumps(named, default=str, option=orjson.OPT_APPEND_NEWLINE))

    def close(self) -> None:
        self._file.close()

    def abandon(self) -> None:
        self._file.close()


class Xlsx:
    def __init__(self, path: Path, title: str, headers: Sequence[str]) -> None:
        options = {"constant_memory": True, "tmpdir": str(path.parent)}
        self._book = Workbook(str(path), options)
        self._sheet = self._book.add_worksheet(title[:31])
        bold = self._book.add_format({"bold": True})
        # Text stays text when somebody edits the cell: leading zeros, phones, formulas.
        self._text = self._book.add_format({"num_format": "@"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._instant = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.cut: list[Cut] = []
        self._sheet.freeze_panes(1, 0)
        for column, header in enumerate(headers):
            self._sheet.set_column(column, column, 18)
            self._sheet.write_string(0, column, header, bold)
        self._row = 0

    def write(self, lines: Sequence[Sequence[Any]]) -> None:
        for line in lines:
            self._row += 1
            for column, value in enumerate(line):
                if value is not None:
                    self._write(self._row, column, value)

    def close(self) -> None:
        self._book.close()

    def abandon(self) -> None:
        # What was written waits in a file of its own, which only closing would remove.
        self._sheet.row_data_fh.close()
        Path(self._sheet.row_data_filename).unlink(missing_ok=True)

    def _write(self, row: int, column: int, value: Any) -> None:
        sheet = self._sheet
        if isinstance(value, str):
            sheet.write_string(row, column, self._held(row, column, marked(value)), self._text)
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, date) and date(value.year, value.month, value.day) < FIRST_DAY:
            sheet.write_string(row, column, _cell(value), self._text)
        elif isinstance(value, datetime):
            sheet.write_datetime(row, column, value, self._instant)
        elif isinstance(value, date):
            sheet.write_datetime(row, column, value, self._day)
        elif isinstance(value, Decimal) and len(value.as_tuple().digits) > MOST_DIGITS:
            sheet.write_string(row, column, format(value, "f"), self._text)
        else:
            sheet.write_number(row, column, value)

    def _held(self, row: int, column: int, text: str) -> str:
        if 2 * len(text) <= MOST_CHARACTERS or characters(text) <= MOST_CHARACTERS:
            return text
        self.cut.append((row + 1, column, characters(text)))
        return cut(text)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return neutralised(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return format(value, "f") if isinstance(value, Decimal) else str(value)
