"""Work is given up when its time is over, and cleans up without being waited for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.running import ClientGone, run, within

SLOW = 5


class Work:
    """What happened to it, in order."""

    def __init__(self, cleanup: float | None = None) -> None:
        self.events: list[str] = []
        self._cleanup = cleanup

    async def done(self) -> str:
        try:
            async with asyncio.timeout(SLOW):
                await asyncio.sleep(SLOW)
        except asyncio.CancelledError:
            self.events.append("cancelled")
            if self._cleanup is not None:
                await asyncio.sleep(self._cleanup)
                self.events.append("cleaned up")
            raise
        return "done"


@pytest.mark.parametrize("seconds", [0.01, 0.08])
async def test_time_is_up_before_and_after_anybody_looks_for_the_client(seconds: float) -> None:
    work = Work()

    with pytest.raises(TimeoutError):
        await run(work.done(), seconds)

    assert work.events == ["cancelled"]
    await asyncio.sleep(0)  # nothing is left that would cancel whoever goes on


async def test_cleaning_up_is_not_waited_for() -> None:
    work = Work(cleanup=0.05)

    with pytest.raises(TimeoutError):
        await run(work.done(), 0.01)
    assert work.events == ["cancelled"]
    await asyncio.sleep(0.1)

    assert work.events == ["cancelled", "cleaned up"]


async def test_a_client_that_goes_away_ends_the_work() -> None:
    async def gone() -> None:
        await asyncio.sleep(0.01)

    work = Work()

    with pytest.raises(ClientGone):
        await run(work.done(), SLOW, gone)

    assert work.events == ["cancelled"]


async def test_a_limit_inside_the_work_is_its_own() -> None:
    async def limited() -> str:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(SLOW)
        except TimeoutError:
            await asyncio.sleep(0)
            return "given up"
        return "done"

    assert await run(limited(), SLOW) == "given up"


async def test_whoever_cancels_the_request_cancels_its_work() -> None:
    work = Work()
    task = asyncio.create_task(run(work.done(), SLOW))
    await asyncio.sleep(0.01)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task

    assert work.events == ["cancelled"]


async def test_work_cannot_end_the_process() -> None:
    async def leave(wait: bool) -> None:
        if wait:
            await asyncio.sleep(0)
        raise SystemExit(3)

    for wait in (False, True):
        with pytest.raises(RuntimeError, match="end the process"):
            await run(leave(wait), SLOW)


async def test_errors_and_results_pass_through() -> None:
    async def failing() -> None:
        await asyncio.sleep(0)
        raise KeyError("x")

    async def working() -> str:
        return "done"

    for through in (run, lambda work, seconds: within(seconds, work)):
        asked: Any = through
        with pytest.raises(KeyError):
            await asked(failing(), SLOW)
        assert await asked(working(), SLOW) == "done"


async def test_what_takes_too_long_to_be_found_out_is_a_timeout() -> None:
    work = Work(cleanup=0)

    with pytest.raises(TimeoutError):
        await within(0.01, work.done())

    assert work.events == ["cancelled", "cleaned up"]
