"""Running one request's work until it is done, its time is up, or nobody waits for it.

Nearly all work is done in a millisecond, so nothing here costs more than a timer before that: no
task, and not even a timer for what doesn't wait at all.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")
Work = Coroutine[Any, Any, T]
Gone = Callable[[], Coroutine[Any, Any, None]]
#: For so long, nobody looks whether the client is still there.
UNWATCHED_SECONDS = 0.05

#: Work that was given up and is still cleaning up: a task nobody holds may be collected.
_ending: set[asyncio.Task[Any]] = set()


class ClientGone(Exception):
    """The client closed its connection before the answer was ready."""


async def within(seconds: float, work: Work[T]) -> T:
    """The result of *work*, or TimeoutError after *seconds*."""
    try:
        waits_for = work.send(None)
    except StopIteration as done:
        found: T = done.value
        return found
    async with asyncio.timeout(seconds):
        return await _begun(work, waits_for)


async def run(work: Work[T], seconds: float, gone: Gone | None = None) -> T:
    """The result of *work*, given up after *seconds* (TimeoutError) or when *gone* returns.

    Work that is given up is cancelled and not waited for: a driver may take seconds to give up on
    a hung server.
    """
    watch = _Watch(seconds, gone)
    try:
        return await _led(work, watch)
    except SystemExit as error:  # asyncio would end the process with it, for a module's whim
        raise RuntimeError(f"A request tried to end the process: {error!r}.") from error
    finally:
        watch.stop()


class _Watch:
    """Looks at the clock and at the client while work runs, and stops the task that leads it."""

    def __init__(self, seconds: float, gone: Gone | None) -> None:
        self._left = seconds - UNWATCHED_SECONDS
        self._gone = gone
        self._looking: asyncio.Task[None] | None = None
        self.task: Any = asyncio.current_task()
        #: Why the work is given up.
        self.verdict: Exception | None = None
        # Most work is done before anybody could go away: looking would cost more than it saves.
        self._timer = asyncio.get_running_loop().call_later(
            min(seconds, UNWATCHED_SECONDS), self._begin
        )

    def _begin(self) -> None:
        if self._left > 0:
            self._looking = asyncio.create_task(self._look())
        else:
            self._end(TimeoutError())

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(self._left):
                await (asyncio.Future() if self._gone is None else self._gone())
        except TimeoutError as error:
            self._end(error)
        else:
            self._end(ClientGone())

    def _end(self, verdict: Exception) -> None:
        self.verdict = verdict
        self.task.cancel()

    def stop(self) -> None:
        self._timer.cancel()
        if self._looking is not None:
            self._looking.cancel()


@types.coroutine
def _led(work: Work[T], watch: _Watch) -> Generator[Any, Any, T]:
    """*work*, done in the current task, which can leave it behind."""
    try:
        waits_for = work.send(None)
        while True:
            try:
                value = yield waits_for
            except asyncio.CancelledError as error:
                if watch.verdict is None:
                    waits_for = work.throw(error)
                    continue
                watch.task.uncancel()
                _leave(work, error)
                raise watch.verdict from None
            except BaseException as error:
                waits_for = work.throw(error)
            else:
                waits_for = work.send(value)
    except StopIteration as done:
        found: T = done.value
        return found


@types.coroutine
def _begun(work: Work[T], waits_for: Any) -> Generator[Any, Any, T]:
    """The rest of *work*, which waits for something."""
    try:
        while True:
            try:
                value = yield waits_for
            except BaseException as error:
                waits_for = work.throw(error)
            else:
                waits_for = work.send(value)
    except StopIteration as done:
        found: T = done.value
        return found


def _leave(work: Work[Any], error: BaseException) -> None:
    """Cancel *work*; what it then waits for, it waits for alone."""
    try:
        waits_for = work.throw(error)
    except (StopIteration, Exception, asyncio.CancelledError):
        return  # nobody wants to know any more
    task = asyncio.create_task(_rest(work, waits_for))
    _ending.add(task)
    task.add_done_callback(_forget)


async def _rest(work: Work[Any], waits_for: Any) -> None:
    await _begun(work, waits_for)


def _forget(task: asyncio.Task[Any]) -> None:
    _ending.discard(task)
    if not task.cancelled():
        task.exception()  # retrieved, or asyncio would complain that nobody looked at it
