"""Passwords: hashed and checked with Argon2, two at a time, never in the event loop's way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.kit.errors import GatewayError

T = TypeVar("T")

#: Each takes 64 MiB and a sixth of a second: more at once would starve the requests.
THREADS = 2
#: Whoever comes when this many wait is sent away, instead of waiting ten seconds.
WAITING = 32
HASHER = PasswordHasher()
#: Of a password that nobody knows, at the cost of a real one: see :meth:`Passwords.verify`.
NOBODYS = (
    "$argon2id$v=19$m=65536,t=3,p=4$LsOkrT9nPXajMTVljNG4qw"
    "$aAJ16LA6c7/Wa3AJp49UxMGU3ZghTdL6lhtc5i4Eh7A"
)


class Busy(GatewayError):
    """Too many passwords are being checked."""

    code = "THROTTLED"

    def __init__(self) -> None:
        super().__init__("Too many passwords are being checked. Try again in a moment.")


class Passwords:
    def __init__(self, threads: int = THREADS, waiting: int = WAITING) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="password")
        self._free = BoundedSemaphore(threads + waiting)
        #: How many passwords have been checked, those of unknown users included.
        self.verifications = 0

    async def hash(self, password: str) -> str:
        return await self._do(lambda: HASHER.hash(password))

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether *password* is the one whose hash is kept.

        Where none is kept the work is done all the same: time must not tell who exists.
        """
        self.verifications += 1
        matches = await self._do(lambda: _matches(kept or NOBODYS, password))
        return matches and kept is not None

    async def _do(self, work: Callable[[], T]) -> T:
        if not self._free.acquire(blocking=False):
            raise Busy
        future = self._pool.submit(work)
        future.add_done_callback(lambda _done: self._free.release())
        return await asyncio.wrap_future(future)


def _matches(kept: str, password: str) -> bool:
    try:
        return HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


#: The process's own: its threads are shared by all that check passwords.
PASSWORDS = Passwords()
