"""Access hours as people fill them in: a week, public holidays, and dates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.kit.errors import Refused
from plugins.crm.rules import osm
from plugins.crm.rules.hours import Exception_, Hours, Span

FIELD = "week"
_CLOCK = re.compile(r"\d{1,2}:\d{2}")


@dataclass(frozen=True)
class Clocks:
    """A span as it is written: from and to, over midnight if *closes* is not after *opens*."""

    opens: str
    closes: str


@dataclass(frozen=True)
class Dates:
    """Days that have spans of their own."""

    first: date
    last: date
    spans: Sequence[Clocks]


@dataclass(frozen=True)
class Week:
    """Spans by weekday (1 is Monday), on public holidays (None: as on other days), on dates."""

    days: Sequence[tuple[int, Sequence[Clocks]]]
    holidays: Sequence[Clocks] | None = None
    dates: Sequence[Dates] = ()


def read(given: Week) -> Hours:
    """The hours that are meant; what is wrong is refused with its path."""
    weekly: dict[int, tuple[Span, ...]] = {}
    for index, (day, spans) in enumerate(given.days):
        field = f"{FIELD}.days.{index}"
        if day in weekly:
            raise Refused("DAY_TWICE", f"{osm.DAYS[day - 1]} is there twice.", f"{field}.day")
        weekly[day] = _spans(spans, f"{field}.spans")
    holidays = None
    if given.holidays is not None:
        holidays = _spans(given.holidays, f"{FIELD}.holidays.spans")
    if len(given.dates) > osm.MOST_EXCEPTIONS:
        message = f"There are {len(given.dates)} dates; {osm.MOST_EXCEPTIONS} are allowed."
        raise Refused("TOO_MANY_EXCEPTIONS", message, f"{FIELD}.exceptions")
    if weekly and not any(weekly.values()):
        message = "With these hours it would never be open."
        raise Refused("NEVER_OPEN", message, f"{FIELD}.days")
    exceptions = [_exception(dates, index) for index, dates in enumerate(given.dates)]
    return Hours(dict(sorted(weekly.items())), holidays, tuple(exceptions))


def shown(hours: Hours) -> Week:
    """All seven days, as they hold; ``read`` reads hours that mean the same."""
    days = [(day, _clocks(hours.weekday(day))) for day in range(1, 8)]
    holidays = None if hours.holidays is None else _clocks(hours.holidays)
    dates = [Dates(each.first, each.last, _clocks(each.spans)) for each in hours.exceptions]
    return Week(days, holidays, dates)


def _exception(dates: Dates, index: int) -> Exception_:
    field = f"{FIELD}.exceptions.{index}"
    if dates.last < dates.first:
        message = f"{dates.last} is before {dates.first}."
        raise Refused("INVALID_HOURS", message, f"{field}.last")
    return Exception_(dates.first, dates.last, _spans(dates.spans, f"{field}.spans"))


def _spans(given: Sequence[Clocks], field: str) -> tuple[Span, ...]:
    spans = [_span(clocks, f"{field}.{index}") for index, clocks in enumerate(given)]
    return osm.in_order(spans, ",".join(f"{each.opens}-{each.closes}" for each in given), field)


def _span(given: Clocks, field: str) -> Span:
    for name, clock in (("opens", given.opens), ("closes", given.closes)):
        if not _CLOCK.fullmatch(clock):
            message = f"'{clock[:20]}' is not a clock time; write 08:00."
            raise Refused("INVALID_HOURS", message, f"{field}.{name}")
    text = f"{given.opens}-{given.closes}"
    return osm.span(text, text, field)


def _clocks(spans: Sequence[Span]) -> list[Clocks]:
    return [Clocks(*osm.clocks(opens, closes)) for opens, closes in spans]
