"""The window of the charts: which days they show, between which instants."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.kit.jobs import evening

MONTHS = 6
#: How late a night may be before its charts are called stale.
GRACE = timedelta(hours=3)


def first_day(day: date) -> date:
    """The day after the one that was six months before; ``core_chart_first_day`` says the same."""
    months = day.year * 12 + day.month - 1 - MONTHS
    year, month = divmod(months, 12)
    before = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    return before + timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """Six months that end in the evening of *day*, on the clocks of *zone*."""

    day: date
    zone: ZoneInfo

    @property
    def first(self) -> date:
        return first_day(self.day)

    @property
    def opens(self) -> datetime:
        return datetime.combine(self.first, time(), self.zone).astimezone(UTC)

    @property
    def closes(self) -> datetime:
        """The evening: what happens later on *day* is for the next night."""
        return evening(self.day, self.zone)

    @property
    def days(self) -> list[date]:
        count = (self.day - self.first).days + 1
        return [self.first + timedelta(days=n) for n in range(count)]

    @property
    def stale_after(self) -> datetime:
        return evening(self.day + timedelta(days=1), self.zone) + GRACE
