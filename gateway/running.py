"""Running one request's work until it is done, its time is up, or nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
#: For so long, nobody looks whether the client is still there.
UNWATCHED_SECONDS = 0.05

#: Work that was given up and is still cleaning up: a task nobody holds may be collected.
_ending: set[asyncio.Task[Any]] = set()


class ClientGone(Exception):
    """The client closed its connection before the answer was ready."""


async def run(
    work: Coroutine[Any, Any, T],
    seconds: float,
    gone: Callable[[], Coroutine[Any, Any, None]] | None = None,
) -> T:
    """The result of *work*, cancelled after *seconds* (TimeoutError) or when *gone* returns.

    Cancelled work is not waited for: a driver may take seconds to give up on a hung server.
    """
    task = asyncio.create_task(_contained(work))
    try:
        # Most work is done before anybody could go away: watching would cost more than it saves.
        await asyncio.wait((task,), timeout=min(seconds, UNWATCHED_SECONDS))
        if not task.done():
            await _watched(task, seconds - UNWATCHED_SECONDS, gone)
        return task.result()
    finally:
        _give_up(task)


async def _watched(
    task: asyncio.Task[Any],
    seconds: float,
    gone: Callable[[], Coroutine[Any, Any, None]] | None,
) -> None:
    """Return when *task* is done; raise if its time is up or nobody waits for it before that."""
    watch = None if gone is None else asyncio.create_task(gone())
    tasks = {task} if watch is None else {task, watch}
    try:
        done, _ = await asyncio.wait(
            tasks, timeout=max(seconds, 0), return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        if watch is not None:
            _give_up(watch)
    if task not in done:
        raise ClientGone if done else TimeoutError


async def _contained(work: Coroutine[Any, Any, T]) -> T:
    try:
        return await work
    except SystemExit as error:  # asyncio would end the process with it, for a module's whim
        raise RuntimeError(f"A request tried to end the process: {error!r}.") from error


def _give_up(task: asyncio.Task[Any]) -> None:
    if not task.done():
        task.cancel()
        _ending.add(task)
        task.add_done_callback(_ended)


def _ended(task: asyncio.Task[Any]) -> None:
    _ending.discard(task)
    if not task.cancelled():
        task.exception()  # retrieved, or asyncio would complain that nobody looked at it
