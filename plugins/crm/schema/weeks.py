"""Access hours by weekday, as forms show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import Any

import orjson
import strawberry

from plugins.crm.models import AccessHours as HoursRow
from plugins.crm.rules import week as weeks
from plugins.crm.rules.hours import Hours


@strawberry.enum(description="A day of the week.")
class Weekday(Enum):
    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"

    @property
    def number(self) -> int:
        """1 is Monday, as in ISO 8601."""
        return list(Weekday).index(self) + 1


@strawberry.type(description="From and to, as clocks show them: 22:00 to 02:00 is over midnight.")
class AccessSpan:
    opens: str
    closes: str = strawberry.field(description="24:00 is the end of the day.")


@strawberry.type
class AccessDay:
    day: Weekday
    spans: list[AccessSpan] = strawberry.field(description="None: closed.")


@strawberry.type
class AccessHolidays:
    spans: list[AccessSpan] = strawberry.field(description="None: closed.")


@strawberry.type(description="Days that have hours of their own.")
class AccessException:
    first: date
    last: date
    spans: list[AccessSpan] = strawberry.field(description="None: closed.")


@strawberry.type(description="Hours by weekday.")
class AccessWeek:
    days: list[AccessDay] = strawberry.field(description="All seven, from Monday.")
    holidays: AccessHolidays | None = strawberry.field(
        description="On public holidays; null: as on other days."
    )
    exceptions: list[AccessException]


def week_of(root: Any) -> AccessWeek:
    """What a row of access hours says."""
    week = weeks.shown(Hours.read(orjson.loads(root.value_of(HoursRow.hours))))
    holidays = week.holidays
    return AccessWeek(
        days=[AccessDay(day=list(Weekday)[n - 1], spans=_spans(spans)) for n, spans in week.days],
        holidays=None if holidays is None else AccessHolidays(spans=_spans(holidays)),
        exceptions=[
            AccessException(first=each.first, last=each.last, spans=_spans(each.spans))
            for each in week.dates
        ],
    )


def _spans(given: Sequence[weeks.Clocks]) -> list[AccessSpan]:
    return [AccessSpan(opens=each.opens, closes=each.closes) for each in given]
