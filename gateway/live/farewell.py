"""Those who watch are told first, when the process is asked to end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def leaving_first(leave: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """Run *leave* at a signal, and what the server does about it after that.

    A server waits for its connections to end, and these would not; or ends them its own way.
    """
    before: dict[int, Any] = {number: signal.getsignal(number) for number in SIGNALS}
    theirs = {number: act for number, act in before.items() if _is_a_servers(act)}
    loop = asyncio.get_running_loop()
    going: list[asyncio.Task[None]] = []

    async def go(number: int) -> None:
        await leave()
        theirs[number](number, None)

    def begin(number: int) -> None:
        going.append(loop.create_task(go(number)))

    def on_signal(number: int, frame: Any) -> None:
        if going:  # it was said twice: at once
            theirs[number](number, frame)
        else:
            loop.call_soon_threadsafe(begin, number)

    for number in theirs:
        signal.signal(number, on_signal)
    try:
        yield
    finally:
        for number, act in theirs.items():
            if signal.getsignal(number) is on_signal:
                signal.signal(number, act)


def _is_a_servers(act: Any) -> bool:
    return callable(act) and act is not signal.default_int_handler
