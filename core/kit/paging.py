"""Pages by key: how large one may be, and the cursors that say where it begins."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BinasciiError
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import orjson
import strawberry
from sqlalchemy import or_, tuple_
from sqlalchemy.sql import ColumnElement

from core.kit.arguments import Args, Bind
from core.kit.errors import BadInput
from core.kit.order import Order
from core.kit.scalars import is_exact

MAX_PAGE = 100


@strawberry.type(description="Where a page begins and ends.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first row.")
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last row: pass it as `after` to get the next page."
    )


def page_size(args: Args) -> int:
    first: int = args["first"]
    if not 0 <= first <= MAX_PAGE:
        raise BadInput(f"'first' is {first}; it must be between 0 and {MAX_PAGE}.")
    return first


def write_cursor(position: Sequence[Any]) -> str:
    return urlsafe_b64encode(orjson.dumps(position, default=str)).decode()


def read_cursor(cursor: str, types: Sequence[Any]) -> list[Any]:
    try:
        values = orjson.loads(urlsafe_b64decode(cursor))
        return [
            None if v is None else _READ[type_.python_type](v)
            for type_, v in zip(types, values, strict=True)
        ]
    except _NO_CURSOR as error:
        raise BadInput("The cursor in 'after' is not one of this list.") from error


_NO_CURSOR = (
    ValueError, TypeError, BinasciiError, InvalidOperation, AttributeError, OverflowError,
)  # fmt: skip


def _only(type_: type, fits: Callable[[Any], bool] = lambda value: True) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not type_ or not fits(value):
            raise ValueError(f"{value!r} is nothing that a cursor holds")
        return value

    return read


def _instant(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    found.astimezone(UTC)  # or the driver would find out that it can't
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _number(value: Any) -> Decimal:
    found: Decimal = _only(Decimal, is_exact)(Decimal(value))
    return found


#: Anybody can write a cursor: what is read from one must be such as the database takes.
_READ: dict[type, Callable[[Any], Any]] = {
    datetime: _instant,
    date: date.fromisoformat,
    Decimal: _number,
    UUID: UUID,
    int: _only(int, lambda value: -(2**31) <= value < 2**31),
    str: _only(str, lambda value: "\0" not in value),
    bool: _only(bool),
}


def beyond(order: Sequence[Order], bind: Bind) -> ColumnElement[bool]:
    """The rows that come after the position in the cursor."""
    types = [o.column.type for o in order]

    def position(index: int) -> ColumnElement[Any]:
        return bind(lambda args: read_cursor(args["after"], types)[index], types[index])

    given = [position(i) for i in range(len(order))]
    if len({o.descending for o in order}) == 1 and not any(o.nullable for o in order):
        here, there = tuple_(*(o.column for o in order)), tuple_(*given)
        return here < there if order[0].descending else here > there
    steps: list[ColumnElement[bool]] = []
    for index, (o, value) in enumerate(zip(order, given, strict=True)):
        step = o.column < value if o.descending else o.column > value
        if o.nullable:  # null is last, whichever the direction
            step = or_(step, o.column.is_(None) & value.is_not(None))
        for earlier, its in zip(order[:index], given[:index], strict=True):
            same = (
                earlier.column.is_not_distinct_from(its)
                if earlier.nullable
                else (earlier.column == its)
            )
            step = same & step
        steps.append(step)
    return or_(*steps)
