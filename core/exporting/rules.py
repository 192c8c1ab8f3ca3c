"""Cells, and what a list was asked for by, as files and JSON keep them: functions on values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from core.kit.errors import Refused
from core.kit.sheets import Sheet

#: A spreadsheet would run a cell that begins with one of these; the apostrophe is ours.
_MARKED = ("=", "+", "-", "@", "\t", "\r", "'")
CUSTOM = "custom."
#: How saved views name a custom field.
OF_VIEWS = "customValues."
#: What a sheet of the spreadsheet format holds, with its header.
MOST_XLSX_ROWS = 1_048_575
SEPARATORS = {"SEMICOLON": ";", "COMMA": ",", "TAB": "\t"}


def neutralised(text: str) -> str:
    """*text* as a cell of a CSV file that no spreadsheet runs; :func:`restored` undoes it."""
    return f"'{text}" if text.startswith(_MARKED) else text


def marked(text: str) -> str:
    """*text* as a cell that nothing runs anyway, so that :func:`restored` finds it again."""
    return f"'{text}" if restored(text) != text else text


def restored(cell: str) -> str:
    """What :func:`neutralised`, or :func:`marked`, was given."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_MARKED) else cell


def columns_of(sheet: Sheet, paths: Sequence[str]) -> list[str]:
    """The keys of the columns that a saved view names by paths below a row."""
    known = {path: c.key for c in sheet.columns for path in (c.key, *c.paths)}
    found = []
    for path in paths:
        if path in known:
            found.append(known[path])
        elif sheet.custom is not None and path.startswith(OF_VIEWS):
            found.append(CUSTOM + path.removeprefix(OF_VIEWS))
        else:
            message = (
                f"The view's column '{path[:80]}' can't be in a file. Say by 'columns' which "
                f"shall be: {', '.join(c.key for c in sheet.columns)}."
            )
            raise Refused("VIEW_COLUMN_NOT_EXPORTED", message[:300], "columns")
    return list(dict.fromkeys(found))


def columns(asked: Sequence[str] | None, known: Sequence[str], custom: Sequence[str]) -> list[str]:
    """The columns of an export: those asked for, in that order; else all there are."""
    every = [*known, *(CUSTOM + key for key in custom)]
    if asked is None:
        return every
    if not asked:
        raise Refused("COLUMNS_REQUIRED", "Name one column at least, or none at all.", "columns")
    for key in asked:
        if key not in every:
            message = f"There is no column '{key[:60]}'. Those are: {', '.join(every)[:300]}."
            raise Refused("UNKNOWN_COLUMN", message, "columns")
    if len(set(asked)) < len(asked):
        raise Refused("DUPLICATE_COLUMN", "A column is there twice.", "columns")
    return list(asked)


def packed(value: Any) -> Any:
    """An argument of the API as JSON, from which :func:`unpacked` makes it again."""
    if isinstance(value, Enum):
        return packed(value.value)
    if isinstance(value, dict):
        return {key: packed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [packed(each) for each in value]
    if isinstance(value, datetime):
        return {"$instant": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    return {"$decimal": str(value)} if isinstance(value, Decimal) else value


_READ: dict[str, Any] = {
    "$instant": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$decimal": Decimal,
}


def unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return [unpacked(each) for each in value]
    if isinstance(value, dict):
        (key, only), *more = [*value.items()] or [("", None)]
        if not more and key in _READ:
            return _READ[key](only)
        return {key: unpacked(each) for key, each in value.items()}
    return value
