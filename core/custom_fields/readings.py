"""How the texts of a filter are read and compared, for each column that keeps values."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, and_, func, literal_column, or_, select
from sqlalchemy.sql import ColumnElement

from core.custom_fields.rules import KINDS, FieldType
from core.kit.errors import InvalidId
from core.kit.ids import key_in

#: Makes a parameter of the statement: what to read from the text, and its type.
Given = Callable[[Callable[[str], Any], Any], ColumnElement[Any]]


@dataclass(frozen=True)
class Reading:
    """How a text of the API is compared with one column of values."""

    read: Callable[[str], Any]
    tests: frozenset[str]


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= 100 else None


def _roughly(text: str) -> float | None:
    number = _number(text)
    return None if number is None else float(number)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _id(prefix: str) -> Callable[[str], UUID | None]:
    def read(text: str) -> UUID | None:
        try:
            return key_in(text, prefix)
        except InvalidId:
            return None

    return read


def _digits(text: str) -> str:
    """The part of an E.164 number that somebody may mean by *text*; nothing, if it has letters."""
    if re.search(r"[^\W\d_]", text):
        return ""
    digits = re.sub(r"\D", "", text)
    return digits if text.strip().startswith("+") else digits.lstrip("0")


_EQUAL = frozenset({"eq", "ne", "in"})
_RANGE = _EQUAL | {"gte", "lte"}
_TRUTH = {"true": True, "false": False}
READINGS = {
    "text_value": Reading(str, _EQUAL | {"contains"}),
    "e164_value": Reading(str, _EQUAL | {"contains"}),
    "decimal_value": Reading(_number, _RANGE),
    "date_value": Reading(_day, _RANGE),
    "instant_value": Reading(_instant, _RANGE),
    "boolean_value": Reading(_TRUTH.get, frozenset({"eq", "ne"})),
    "option_id": Reading(str, _EQUAL),
    "file_id": Reading(_id("file"), _EQUAL),
    "user_id": Reading(_id("user"), _EQUAL),
    "referred_id": Reading(_id("contact"), _EQUAL),
}


def compared(op: str, name: str, values: Any, given: Given) -> ColumnElement[bool]:
    """The test *op* on the column called *name* of *values*."""
    column, read = values.c[name], READINGS[name].read
    if name == "text_value":
        return _text_compared(op, values, given)
    if name == "e164_value":
        return _phone_compared(op, values, given)
    if name == "decimal_value":
        # Nearly first: that is what the index knows. What is exactly so is nearly so, too.
        nearly = _plainly_compared(op, values.c.rough_value, given, _roughly)
        return and_(nearly, _plainly_compared(op, column, given, read))
    return _plainly_compared(op, column, given, read)


def _plainly_compared(
    op: str, column: Any, given: Given, read: Callable[[str], Any]
) -> ColumnElement[bool]:
    match op:
        case "in":
            return column == func.any(given(read, ARRAY(column.type)))  # type: ignore[no-any-return]
        case "gte":
            return column >= given(read, column.type)  # type: ignore[no-any-return]
        case "lte":
            return column <= given(read, column.type)  # type: ignore[no-any-return]
    # Also for "ne": not one of these. What can't be read is nowhere: that is asked first.
    one = given(read, column.type)
    return and_(one.is_not(None), column == one)


def _text_compared(op: str, values: Any, given: Given) -> ColumnElement[bool]:
    """A text is found by its beginning, as it sorts: that is what the index knows."""
    column: Any = values.c.text_value
    key: Any = values.c.text_key
    if op == "contains":
        part = _once(func.core_sort_key(given(str, column.type)))
        # What of a text sorts is mostly all of it; the rest is made anew of long ones only.
        is_cut = func.length(key) >= literal_column("200")
        in_whole = and_(is_cut, func.strpos(func.core_sort_key(column), part) > 0)
        return or_(func.strpos(key, part) > 0, in_whole)
    if op == "in":
        every = given(str, ARRAY(column.type))
        each = func.unnest(every).column_valued("each")
        starts = select(_start(each)).scalar_subquery()
        return and_(column == func.any(every), key == func.any(func.array(starts)))
    one = given(str, column.type)
    return and_(column == one, key == _once(_start(one)))


def _once(expression: ColumnElement[Any]) -> Any:
    """Computed before rows are looked at: PostgreSQL, which plans once, would do it for each."""
    return select(expression).scalar_subquery()


def _start(given: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.left(func.core_sort_key(given), literal_column("200"))


def _phone_compared(op: str, values: Any, given: Given) -> ColumnElement[bool]:
    """A number is found by what it means, and by a part of it as it is dialled at home."""
    column = values.c.e164_value
    if op == "contains":
        digits = given(_digits, column.type)
        return (digits != "") & (func.strpos(column, digits) > 0)
    if op == "in":
        return column == func.any(given(str, ARRAY(column.type)))  # type: ignore[no-any-return]
    return column == given(str, column.type)  # type: ignore[no-any-return]


def reads(type_: str, keys: list[str], op: str, value: str) -> bool:
    """Whether a test makes sense for a field of this type, whose options have these *keys*."""
    kind = KINDS[FieldType(type_)]
    readings = [READINGS[column] for column in kind.columns if column in READINGS]
    if not any(op in r.tests and r.read(value) is not None for r in readings):
        return False
    return not kind.has_options or value in keys
