"""Strawberry's scalars, stricter where a value would otherwise fail later or mean two things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.schema.types.base_scalars import (
    DateDefinition,
    DateTimeDefinition,
    DecimalDefinition,
)

#: Of one exact number.
MOST_DIGITS = 60


def _checked(parse: Any, check: Callable[[Any], bool], wanted: str) -> Callable[[object], object]:
    def read(given: object) -> object:
        try:
            value = parse(given)
            if check(value):
                return value
        except OverflowError:  # such as an instant of the year 10000 in UTC
            pass
        raise StrawberryInputCoercionError(f"'{str(given)[:40]}' {wanted}.")

    return read


def _is_instant(value: datetime) -> bool:
    return value.tzinfo is not None and value.astimezone(UTC) is not None


def is_exact(value: Decimal) -> bool:
    """Whether PostgreSQL keeps *value* digit by digit, and nobody pays for thousands of them."""
    if not value.is_finite() or abs(value.adjusted()) >= 40:
        return False
    _, digits, exponent = value.as_tuple()
    return len(digits) <= MOST_DIGITS and int(exponent) >= -MOST_DIGITS


def _day(value: date | str) -> str:
    # Charts keep their days as text: what the client gets.
    return value if isinstance(value, str) else value.isoformat()


def _number(value: Decimal | str) -> str:
    return value if isinstance(value, str) else format(value, "f")


DATE = replace(DateDefinition, description="A day, as YYYY-MM-DD.", serialize=_day)
DATE_TIME = replace(
    DateTimeDefinition,
    description="An instant, as ISO 8601 with its offset: 2026-01-31T12:00:00+01:00.",
    parse_value=_checked(
        DateTimeDefinition.parse_value,
        _is_instant,
        "has no offset from UTC, or is out of range; write 2026-01-31T12:00:00+01:00 or …Z",
    ),
)
DECIMAL = replace(
    DecimalDefinition,
    description='An exact number, as text: "12.50".',
    serialize=_number,
    parse_value=_checked(
        DecimalDefinition.parse_value,
        is_exact,
        "is not a number that can be kept exactly",
    ),
)
SCALARS: dict[Any, Any] = {date: DATE, datetime: DATE_TIME, Decimal: DECIMAL}
