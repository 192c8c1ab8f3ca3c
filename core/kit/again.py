"""A transaction that PostgreSQL gave up for others' sake is tried again.

Two who want what the other holds would wait for ever: PostgreSQL ends one of them, and nothing of
it is written. Services hold rows in one order so that it hardly happens; whoever asked can't help
it, and shouldn't hear of it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError

log = structlog.get_logger(__name__)

T = TypeVar("T")
#: So often it is tried; the last error is the caller's.
ATTEMPTS = 3
#: deadlock_detected, serialization_failure
_GIVEN_UP = ("40P01", "40001")


async def tried_again(write: Callable[[], Awaitable[T]], what: str) -> T:
    """What *write*, a transaction from its beginning to its end, comes to."""
    for attempt in range(1, ATTEMPTS):
        try:
            return await write()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _GIVEN_UP:
                raise
            log.warning("a transaction is tried again", what=what, attempt=attempt)
        await asyncio.sleep(random.uniform(0, 0.1))
    return await write()
