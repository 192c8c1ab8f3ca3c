"""From a column to the JSON value of a GraphQL scalar or enum: a bit of SQL, a bit of Python.

A pair of types that isn't listed here is not planned, but resolved by graphql-core.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
)
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Float,
    Integer,
    Numeric,
    String,
    Uuid,
)

from core.kit.context import Coordinate
from core.kit.errors import NotFound

Emit = Callable[[str], str]
Name = Callable[[Any], str]


class Anomaly(Exception):
    """A value the plan can't serve. The plain execution says what is wrong with it."""


class NotPlanned(Exception):
    """The planner doesn't know how to do this; *field* says where, if it is only one field."""

    def __init__(self, reason: str, field: Coordinate | None = None) -> None:
        super().__init__(reason)
        self.field = field


def there(value: Any, prefix: str) -> Any:
    """The row that an id names; the plain execution says at its place that there is none."""
    if value is None:
        raise NotFound(prefix, "so named")
    return value


def required(value: Any) -> Any:
    if value is None:
        raise Anomaly("null in a field that is never null")
    return value


def int32(value: int) -> int:
    if not -(2**31) <= value < 2**31:
        raise Anomaly("an Int beyond 32 bits")
    return value


def finite(value: float) -> float:
    if value - value != 0:
        raise Anomaly("a Float that is not finite")
    return value


def instant(text: str) -> str:
    """PostgreSQL's text of an instant in UTC, as ``datetime.isoformat`` writes it."""
    if text[10:11] == " " and text[-3:] == "+00":
        match len(text):
            case 29 | 22:  # six digits of a second, or none
                return f"{text[:10]}T{text[11:]}:00"
            case 24 | 25 | 26 | 27 | 28:
                return f"{text[:10]}T{text[11:-3]:0<15}+00:00"
    return _endless(text, datetime.max, datetime.min)


def day(text: str) -> str:
    if len(text) == 10 and text[4] == "-":
        return text
    return _endless(text, date.max, date.min)


def _endless(text: str, most: date, least: date) -> str:
    """Python's last value, which the driver writes as ``infinity``, or its first."""
    match text:
        case "infinity":
            return most.isoformat()
        case "-infinity":
            return least.isoformat()
    raise Anomaly("a time that Python doesn't know")


def texts(value: list[Any]) -> list[Any]:
    if None in value:
        raise Anomaly("null in a list of what is never null")
    return value


def leaf(type_: Any, column: Any, prefix: str | None, name: Name) -> tuple[bool, Emit]:
    """Whether the value of *column* is wanted as text, and the Python code for it.

    *prefix* is how its value begins if it is an id; *name* gives an object a name in the code.
    """
    as_text, convert = _convert(get_nullable_type(type_), column.type, prefix, name)
    nullable = getattr(column, "nullable", True)
    if is_non_null_type(type_):
        return as_text, (lambda v: convert(f"required({v})")) if nullable else convert
    if convert is _same or not nullable:
        return as_text, convert
    return as_text, lambda v: f"(None if {v} is None else {convert(v)})"


def _convert(type_: Any, stored: Any, prefix: str | None, name: Name) -> tuple[bool, Emit]:
    if isinstance(stored, JSON) and is_list_type(type_):
        return True, lambda v: f"Fragment({v})"  # the text that the client gets
    if isinstance(type_, GraphQLList):
        if _is_texts(type_, stored):
            return False, lambda v: f"texts({v})"
        raise NotPlanned(f"{stored!r} as {type_}")
    if isinstance(type_, GraphQLEnumType) and isinstance(stored, String):
        names = {getattr(v.value, "value", v.value): key for key, v in type_.values.items()}
        table = name(names)
        return True, lambda v: f"{table}[{v}]"
    match type_.name, stored:
        case "ID", Uuid() if prefix:
            return True, lambda v: f"('{prefix}_' + {v}.replace('-', ''))"
        case ("String", String()) | ("Decimal", Numeric()):
            return True, _same
        case "Int", BigInteger():
            return True, lambda v: f"int32(int({v}))"
        case "Int", Integer():
            return True, lambda v: f"int({v})"
        case "Boolean", Boolean():
            return True, lambda v: f"({v} == 'true')"
        case "Float", Float():
            return True, lambda v: f"finite(float({v}))"
        case "DateTime", DateTime(timezone=True):
            return True, lambda v: f"instant({v})"
        case "Date", Date():
            return True, lambda v: f"day({v})"
    raise NotPlanned(f"{stored!r} as {type_}")


def given(column: Any) -> tuple[bool, Emit]:
    """The same for a value that a function is given: as the driver would read it."""
    as_text, read = _read(column.type)
    if read is _same or not getattr(column, "nullable", True):
        return as_text, read
    return as_text, lambda v: f"(None if {v} is None else {read(v)})"


def placed(column: Any) -> tuple[bool, Emit]:
    """The same for a part of a cursor: as JSON, what the driver reads and this are alike."""
    return (True, _same) if isinstance(column.type, Uuid) else given(column)


def _read(stored: Any) -> tuple[bool, Emit]:
    match stored:
        case String() | JSON():
            return True, _same
        case Integer():
            return True, lambda v: f"int({v})"
        case Boolean():
            return True, lambda v: f"({v} == 'true')"
        case Float():
            return True, lambda v: f"float({v})"
        case Numeric():
            return True, lambda v: f"Decimal({v})"
        case DateTime(timezone=True):
            return True, lambda v: f"datetime.fromisoformat(instant({v}))"
        case Date():
            return True, lambda v: f"date.fromisoformat(day({v}))"
    return False, _same


def _is_texts(type_: GraphQLList[Any], stored: Any) -> bool:
    item = type_.of_type
    return (
        isinstance(stored, ARRAY)
        and isinstance(stored.item_type, String)
        and isinstance(item, GraphQLNonNull)
        and item.of_type.name == "String"
    )


def _same(code: str) -> str:
    return code


def completed(type_: Any) -> Callable[[Any], Any]:
    """Completes what Python computed, as graphql-core does, for scalars and lists of them."""
    if is_non_null_type(type_):
        of = completed(type_.of_type)
        return lambda value: of(required(value))
    if is_list_type(type_):
        item = completed(type_.of_type)
        return lambda value: None if value is None else [item(v) for v in value]
    return lambda value: None if value is None else type_.coerce_output_value(value)
