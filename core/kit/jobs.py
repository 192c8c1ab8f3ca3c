"""What runs at night, once per tenant and business day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from core.kit.session import TenantSession

#: Told how far a job has come: how many are done, and of how many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class NightlyJob:
    """A piece of the night. It is given the day and never asks the clock.

    *run* returns how many rows it wrote. It works in one transaction: a crash leaves nothing,
    and the next try begins anew.
    """

    name: str
    run: Callable[[TenantSession, date, Progress], Awaitable[int]]
