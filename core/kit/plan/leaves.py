"""From a column to the JSON value of a GraphQL scalar or enum: a bit of SQL, a bit of Python.

A pair of types that isn't listed here is not planned, but resolved by graphql-core.
"""

from __future__ import annotations

from collections.abc import Callable
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
    Text,
    Uuid,
    cast,
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


def texts(value: list[Any]) -> list[Any]:
    if None in value:
        raise Anomaly("null in a list of what is never null")
    return value


def leaf(type_: Any, column: Any, prefix: str | None, name: Name) -> tuple[Any, Emit]:
    """What to select for *column*, and the Python code for its value.

    *prefix* is how its value begins if it is an id; *name* gives an object a name in the code.
    """
    expression, convert = _convert(get_nullable_type(type_), column, prefix, name)
    nullable = getattr(column, "nullable", True)
    if is_non_null_type(type_):
        return expression, (lambda v: convert(f"required({v})")) if nullable else convert
    if convert is _same or not nullable:
        return expression, convert
    return expression, lambda v: f"(None if {v} is None else {convert(v)})"


def _convert(type_: Any, column: Any, prefix: str | None, name: Name) -> tuple[Any, Emit]:
    stored = column.type
    if isinstance(stored, JSON) and is_list_type(type_):
        return column, lambda v: f"Fragment({v})"  # the text that the client gets
    if isinstance(type_, GraphQLList):
        if _is_texts(type_, stored):
            return column, lambda v: f"texts({v})"
        raise NotPlanned(f"{stored!r} as {type_}")
    if isinstance(type_, GraphQLEnumType) and isinstance(stored, String):
        names = {getattr(v.value, "value", v.value): key for key, v in type_.values.items()}
        table = name(names)
        return column, lambda v: f"{table}[{v}]"
    match type_.name, stored:
        case "ID", Uuid() if prefix:
            return column, lambda v: f"f'{prefix}_{{{v}.hex}}'"
        case "String", String():
            return column, _same
        case "Int", BigInteger():
            return column, lambda v: f"int32({v})"
        case "Int", Integer():
            return column, _same
        case "Boolean", Boolean():
            return column, _same
        case "Float", Float():
            return column, lambda v: f"finite({v})"
        case "Decimal", Numeric():
            return cast(column, Text), _same
        case "DateTime", DateTime(timezone=True):
            return column, _same  # orjson writes what datetime.isoformat does
        case "Date", Date():
            return column, _same
    raise NotPlanned(f"{stored!r} as {type_}")


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
