"""How long ago somebody must have been dealt with last."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime

from core.kit.errors import BadInput

MOST_MONTHS = 600


def months_before(now: datetime, months: int) -> datetime:
    """The same day so many months ago, or the last of that month."""
    if not 1 <= months <= MOST_MONTHS:
        raise BadInput(f"'months' is {months}; it must be between 1 and {MOST_MONTHS}.")
    years, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    day = min(now.day, monthrange(years, month + 1)[1])
    return now.replace(year=years, month=month + 1, day=day)
