"""Real worker processes: killed in the middle, cut off from Redis, and whole again."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from celery import Celery

from core.kit.jobs import business_day
from gateway import embedded
from gateway.doorbell import TASK
from gateway.process import Process
from gateway.worker import celery
from tests.cast import House
from tests.gateway.stage import Crowd, Stage, kill

PATIENCE_SECONDS = 120
#: What a busy machine may add to a promise.
PATIENCE_OF_CI = 5


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(apart: House) -> AsyncIterator[Stage]:
    # Workers do what is due for everybody: else the nights of all tests' tenants.
    async with Stage.open(apart) as opened:
        yield opened


class Valkey:
    """An embedded Valkey that can be stopped and started again at the same address."""

    def __init__(self, directory: Path) -> None:
        self.server = embedded.valkey_server(directory / "valkey", directory / "valkey.log")
        self.start()

    def start(self) -> None:
        self.process = Process(self.server.program)
        embedded.wait_until_ready(self.server, self.process)

    def stop(self) -> None:
        self.process.stop(seconds=10)


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    running = Valkey(tmp_path)
    yield running
    running.stop()


@pytest.fixture
def crowd(stage: Stage, valkey: Valkey, tmp_path: Path) -> Crowd:
    return Crowd(stage.house.settings, valkey.server.url, tmp_path)


@contextmanager
def working(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    try:
        yield process
    finally:
        kill(process)


async def send(crowd: Crowd, task: str, *arguments: str) -> None:
    with Celery(broker=crowd.redis_url, set_as_current=False) as sender:
        queue = "night" if task == "fieldgate.night" else "celery"
        await asyncio.to_thread(sender.send_task, task, arguments, queue=queue)


async def until(condition: Callable[[], Any], crowd: Crowd) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (await found if asyncio.iscoroutine(found := condition()) else found):
        assert time.monotonic() < deadline, crowd.log()
        await asyncio.sleep(0.1)


async def test_r084_a_job_whose_worker_is_killed_is_done_whole_and_once(
    stage: Stage, crowd: Crowd
) -> None:
    caller, tenant = await stage.tenant()
    day = business_day(datetime.now(UTC), tenant.time_zone)
    (crowd.place / "hold").write_text(f"night of {day}")
    with working(crowd.worker()):
        await send(crowd, "fieldgate.night", str(caller.id), "stage", day.isoformat())
        await until((crowd.place / "reached").exists, crowd)
    assert await stage.written(caller) == []
    assert [(r["state"], r["attempts"]) for r in await stage.runs(caller)] == [("RUNNING", 1)]

    (crowd.place / "hold").unlink()
    with working(crowd.worker()):
        await send(crowd, "fieldgate.evenings")  # as beat does
        await until(lambda: both_done(stage, caller), crowd)

    assert await stage.written(caller) == [f"night of {day}"]
    attempts = {run["job"]: run["attempts"] for run in await stage.runs(caller)}
    assert (attempts["charts"], attempts["stage"]) == (1, 2)


async def both_done(stage: Stage, caller: Any) -> bool:
    done = {run["job"] for run in await stage.runs(caller) if run["state"] == "DONE"}
    return {"charts", "stage"} <= done


async def test_a_delivery_whose_worker_is_killed_is_done_whole_and_once(
    stage: Stage, crowd: Crowd
) -> None:
    caller, _ = await stage.tenant()
    await stage.call(caller, "one", "two")
    (crowd.place / "hold").write_text("one")
    with working(crowd.worker()):
        await send(crowd, "fieldgate.deliver", str(caller.id))
        await until((crowd.place / "reached").exists, crowd)
    assert await heard(stage, caller) == []

    (crowd.place / "hold").unlink()
    await stage.hurry(caller)
    with working(crowd.worker()):
        await send(crowd, "fieldgate.sweep")  # as beat does
        await until(lambda: all_delivered(stage, caller), crowd)

    assert sorted(await heard(stage, caller)) == ["one", "two"]
    assert [entry["attempts"] for entry in await stage.entries(caller)] == [2, 1]


async def heard(stage: Stage, caller: Any) -> list[str]:
    return [word for word in await stage.written(caller) if not word.startswith("night")]


async def all_delivered(stage: Stage, caller: Any) -> bool:
    return all(entry["delivered_at"] for entry in await stage.entries(caller))


async def test_the_outbox_waits_for_redis_and_is_delivered_once_it_is_back(
    stage: Stage, crowd: Crowd, valkey: Valkey
) -> None:
    caller, _ = await stage.tenant()
    with working(crowd.worker()):
        await until(lambda: "ready." in crowd.log(), crowd)
        valkey.stop()
        await stage.call(caller, "while it was away")
        await asyncio.sleep(3)
        assert await heard(stage, caller) == []

        valkey.start()
        began = time.monotonic()
        await until(lambda: all_delivered(stage, caller), crowd)

    assert await heard(stage, caller) == ["while it was away"]
    assert time.monotonic() - began < 5 + PATIENCE_OF_CI


def test_what_beat_sends_are_tasks_that_workers_know() -> None:
    known = set(celery.tasks)
    sent = {entry["task"] for entry in celery.conf.beat_schedule.values()}

    assert sent == {"fieldgate.evenings", "fieldgate.sweep"}
    assert sent | {"fieldgate.night", TASK} <= known
    # Else a task in the middle of its work would be handed out again.
    assert celery.conf.task_time_limit < celery.conf.broker_transport_options["visibility_timeout"]


async def test_r084_what_was_missed_is_caught_up_as_soon_as_a_worker_starts(
    stage: Stage, crowd: Crowd
) -> None:
    caller, _ = await stage.tenant("Pacific/Auckland")
    await stage.call(caller, "left over")

    with working(crowd.worker()):
        await until(lambda: both_done(stage, caller), crowd)
        await until(lambda: all_delivered(stage, caller), crowd)

    day = business_day(datetime.now(UTC), (await stage.backstage.tenant(caller.id)).time_zone)
    assert sorted(await stage.written(caller)) == ["left over", f"night of {day}"]
