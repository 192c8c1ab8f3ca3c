"""Access hours: when a site is open, and when it opens next, on its own clocks.

A span belongs to the day on which it begins, also if it goes over midnight. Clocks decide: in the
hour that comes twice, both count; one that is left out opens when the clocks have jumped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import tzfpy
from opening_hours import OpeningHours, UnknownCountryError  # type: ignore[attr-defined]

from core.kit.errors import Refused

#: From and to in minutes from midnight; over midnight, *to* is more than 1440.
Span = tuple[int, int]
DAY = 24 * 60
#: So far the next opening is looked for.
AHEAD_DAYS = 400


@dataclass(frozen=True)
class Exception_:
    """Days, from the first to the last, that have hours of their own; none: closed."""

    first: date
    last: date
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Hours:
    """Spans by weekday (1 is Monday), on public holidays, and on single days."""

    weekly: dict[int, tuple[Span, ...]] = field(default_factory=dict)
    #: None: as on other days; empty: closed.
    holidays: tuple[Span, ...] | None = None
    exceptions: tuple[Exception_, ...] = ()

    def stored(self) -> dict[str, Any]:
        return {
            "weekly": {str(day): [list(s) for s in spans] for day, spans in self.weekly.items()},
            "holidays": None if self.holidays is None else [list(s) for s in self.holidays],
            "exceptions": [
                [e.first.isoformat(), e.last.isoformat(), [list(s) for s in e.spans]]
                for e in self.exceptions
            ],
        }

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Hours:
        return cls(
            {int(day): _spans(spans) for day, spans in stored["weekly"].items()},
            None if stored["holidays"] is None else _spans(stored["holidays"]),
            tuple(
                Exception_(date.fromisoformat(first), date.fromisoformat(last), _spans(spans))
                for first, last, spans in stored["exceptions"]
            ),
        )

    def on(self, day: date, country: str) -> tuple[Span, ...]:
        """The spans that begin on *day*: an exception's, else a holiday's, else the weekday's."""
        for exception in reversed(self.exceptions):
            if exception.first <= day <= exception.last:
                return exception.spans
        if self.holidays is not None and is_holiday(day, country):
            return self.holidays
        return self.weekday(day.isoweekday())

    def weekday(self, day: int) -> tuple[Span, ...]:
        """The spans of a weekday; without any in the week, every day is open all day."""
        return self.weekly.get(day, ()) if self.weekly else ((0, DAY),)


ALWAYS = Hours()


def is_open(hours: Hours, at: datetime, zone: ZoneInfo, country: str) -> bool:
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    today = local.date()
    if any(opens <= minute < closes for opens, closes in hours.on(today, country)):
        return True
    before = hours.on(today - timedelta(days=1), country)
    return any(opens <= minute + DAY < closes for opens, closes in before)


def next_open(hours: Hours, at: datetime, zone: ZoneInfo, country: str) -> datetime | None:
    """*at* itself if it is open then, else when it opens; None: not within 400 days."""
    if is_open(hours, at, zone, country):
        return at
    today = at.astimezone(zone).date()
    for ahead in range(AHEAD_DAYS + 1):
        day = today + timedelta(days=ahead)
        starts = [instant for opens, _ in hours.on(day, country)
                  for instant in _instants(day, opens, zone)]  # fmt: skip
        # After a jump of the clocks, a span of the day before may be open again.
        for instant in sorted({*starts, *_instants(day, 0, zone)}):
            if instant > at and is_open(hours, instant, zone, country):
                return instant.astimezone(zone)
    return None


def _instants(day: date, minute: int, zone: ZoneInfo) -> Iterator[datetime]:
    """When the clocks show a minute of a day: twice, or, if they jump over it, at the jump."""
    clock = datetime.combine(day, time()) + timedelta(minutes=minute)
    later, sooner = (clock.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if later.astimezone(zone).replace(tzinfo=None) == clock:
        yield from {later, sooner}
        return
    while sooner < later and sooner.astimezone(zone).replace(tzinfo=None) < clock:
        sooner += timedelta(minutes=1)
    yield sooner


@lru_cache(maxsize=4096)
def is_holiday(day: date, country: str) -> bool:
    """Whether it is a public holiday; a country of which none are known has none."""
    holidays = _holidays(country)
    return holidays is not None and holidays.is_open(datetime.combine(day, time(12)))


@lru_cache(maxsize=64)
def _holidays(country: str) -> OpeningHours | None:
    try:
        return OpeningHours("PH", country=country)
    except UnknownCountryError:
        return None


def zone_at(longitude: float | None, latitude: float | None) -> str | None:
    """The time zone of a position."""
    if longitude is None or latitude is None:
        return None
    name = tzfpy.get_tz(longitude, latitude)
    return name if name in available_timezones() else None


def time_zone(given: str | None, field: str = "timeZone") -> str | None:
    if given is not None and given not in available_timezones():
        message = f"There is no time zone '{given[:60]}'; one is called Europe/Paris."
        raise Refused("INVALID_TIME_ZONE", message, field)
    return given


def _spans(given: list[list[int]]) -> tuple[Span, ...]:
    return tuple((opens, closes) for opens, closes in given)
