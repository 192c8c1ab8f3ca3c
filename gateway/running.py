"""Running one request's work until it is done, its time is up, or nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

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
    watch = None if gone is None else asyncio.create_task(gone())
    tasks: set[asyncio.Task[Any]] = {task} if watch is None else {task, watch}
    try:
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if task in done:
            return task.result()
        raise ClientGone if done else TimeoutError
    finally:
        for each in tasks:
            _give_up(each)


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
