"""XLSX, XLS and ODS, read by calamine."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from core.importing.reading import archives
from core.importing.reading.limits import MOST_COLUMNS, MOST_SHEETS
from core.importing.reading.marks import ods, xls, xlsx
from core.importing.reading.marks.found import Marks
from core.importing.reading.refusals import Unreadable
from core.importing.reading.sheets import Row, Sheet, choose

#: Spreadsheet programs keep 15 digits.
MOST_EXACT = 10**15
_LAST = datetime(9999, 12, 31, 23, 59)
_DAMAGED = "The file is damaged, or not a workbook."
#: An old Excel file with encrypted contents begins like any other of its kind.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read(path: Path, wanted: str | None, *, is_archive: bool) -> tuple[list[Sheet], Iterator[Row]]:
    """The sheets of a workbook, and the rows of the one that is wanted."""
    if is_archive:
        archives.check(path)
    data = path.read_bytes()
    if not is_archive and (_ENCRYPTED in data or xls.is_encrypted(data)):
        raise Unreadable("FILE_ENCRYPTED", "The file is protected by a password.")
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [
            Sheet(one.name, one.visible != SheetVisibleEnum.Visible)
            for one in book.sheets_metadata[:MOST_SHEETS]
            if one.typ == SheetTypeEnum.WorkSheet
        ]
        order = choose(sheets, wanted)
        for sheet in order:
            found = book.get_sheet_by_name(sheet.name)
            if found.total_height or sheet is order[-1]:
                sheet.is_read = True
                marks = _marks(path, data, book, sheet.name, is_archive=is_archive)
                return sheets, _rows(found, marks)
    except PasswordError as error:
        raise Unreadable("FILE_ENCRYPTED", "The file is protected by a password.") from error
    except (CalamineError, ValueError, OSError) as error:
        raise Unreadable("FILE_DAMAGED", _DAMAGED) from error
    raise AssertionError("choose() gives one sheet at least")


def _marks(
    path: Path, data: bytes, book: CalamineWorkbook, sheet: str, *, is_archive: bool
) -> Marks:
    if not is_archive:
        return xls.marks(data, book.sheet_names.index(sheet))
    return ods.marks(path, sheet) if archives.is_open_document(path) else xlsx.marks(path, sheet)


def _rows(sheet: CalamineSheet, marks: Marks) -> Iterator[Row]:
    width = sheet.end[1] + 1 if sheet.end else 0
    if width > MOST_COLUMNS:
        raise Unreadable(
            "TOO_MANY_COLUMNS", f"The sheet has {width} columns; {MOST_COLUMNS} are allowed."
        )
    merged = _merged(sheet)
    values: dict[tuple[int, int], str] = {}
    # The parser leaves out the columns to the left of all that has something in it, but no row.
    left = [""] * (sheet.start[1] if sheet.start else 0)
    for number, cells in enumerate(sheet.iter_rows()):
        row = left + [_text(cell) for cell in cells]
        marks.apply(number, row)
        yield Row(number + 1, row, _spread(number, row, merged, values))


def _merged(sheet: CalamineSheet) -> dict[tuple[int, int], tuple[int, int]]:
    """For each cell of a merged range near the top, the cell that has its value."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if top < 50:
            for row in range(top, min(bottom, 50) + 1):
                for column in range(left, min(right, MOST_COLUMNS) + 1):
                    found[row, column] = (top, left)
    return found


def _spread(
    number: int,
    row: list[str],
    merged: dict[tuple[int, int], tuple[int, int]],
    values: dict[tuple[int, int], str],
) -> list[str] | None:
    """The row as a header would read it: what is merged stands in each of its cells."""
    spread = None
    for column, text in enumerate(row):
        origin = merged.get((number, column))
        if origin == (number, column):
            values[origin] = text
        elif origin is not None:
            spread = spread or list(row)
            spread[column] = values.get(origin, "")
    return spread


def _text(value: Any) -> str:
    """A cell as it is written in the interchange: days as ISO, numbers as short as they are."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() | int():
            return _number(value)
        case datetime():
            if value.time() == time(0):
                return value.date().isoformat()
            return _to_the_second(value).isoformat(" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return ""


def _number(value: float) -> str:
    if abs(value) < MOST_EXACT and value == int(value):
        return str(int(value))
    # More digits than programs show come of calculating: 0.1 + 0.2 is 0.3. Of a large number, some
    # may be lost: its exponent shows it.
    written = Decimal(f"{value:.15g}")
    return f"{written:f}" if abs(value) < MOST_EXACT else f"{written.normalize():E}"


def _to_the_second(instant: datetime) -> datetime:
    """As days and fractions of them, 10:00 may be a little less."""
    if instant.microsecond >= 500_000 and instant < _LAST:
        instant += timedelta(seconds=1)
    return instant.replace(microsecond=0)
