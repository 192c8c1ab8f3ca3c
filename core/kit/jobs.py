"""What runs at night, once per tenant and business day, and when a day's evening has come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from core.kit.session import TenantSession

if TYPE_CHECKING:
    from core.kit.modules import Modules

#: When a tenant's business day ends, on its own clocks.
EVENING = time(20)

#: Told how far a job has come: how many are done, and of how many.
Progress = Callable[[int, int], None]


def evening(day: date, zone: ZoneInfo) -> datetime:
    """The instant that ends *day*. If the clocks jump over it, the instant of the jump."""
    return datetime.combine(day, EVENING, zone).astimezone(UTC)


def business_day(now: datetime, zone: ZoneInfo) -> date:
    """The day whose evening was the last to come."""
    today = now.astimezone(zone).date()
    return today if evening(today, zone) <= now else today - timedelta(days=1)


class RunState(StrEnum):
    """How far a job has come with a day."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


def quietly(done: int, total: int) -> None:
    """The progress of a job that nobody watches."""


@dataclass(frozen=True)
class Night:
    """What a job knows of the night it runs in; it never asks the clock."""

    day: date
    time_zone: ZoneInfo
    #: Those that the tenant has switched on.
    modules: Modules
    progress: Progress = quietly


@dataclass(frozen=True)
class NightlyJob:
    """A piece of the night.

    *run* returns how many rows it wrote. It works in one transaction: a crash leaves nothing,
    and the next try begins anew.
    """

    name: str
    run: Callable[[TenantSession, Night], Awaitable[int]]
