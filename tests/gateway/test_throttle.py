"""Counting attempts: for all processes in Redis, and in this one while it is away."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis

from gateway import embedded
from gateway.doorbell import Doorbell
from gateway.throttle import Throttle


class Clock:
    now = 600.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory: Path = tmp_path_factory.mktemp("valkey") / "data"
    with embedded.valkey(directory) as url:
        yield url


async def waits(throttle: Throttle, key: str, times: int) -> list[int]:
    return [(await throttle.take(key)).wait for _ in range(times)]


async def test_the_sixth_attempt_within_a_minute_waits_for_the_next() -> None:
    clock = Clock()
    throttle = Throttle(None, clock=clock)
    clock.now += 20

    assert await waits(throttle, "a", 6) == [0, 0, 0, 0, 0, 40]
    assert await waits(throttle, "b", 1) == [0]
    clock.now += 40
    assert await waits(throttle, "a", 1) == [0]


async def test_an_attempt_that_turned_out_well_is_not_counted() -> None:
    clock = Clock()
    throttle = Throttle(None, clock=clock)
    await waits(throttle, "a", 4)

    for _ in range(3):
        attempt = await throttle.take("a")
        assert attempt.wait == 0
        await throttle.give_back(attempt)

    assert await waits(throttle, "a", 2) == [0, 60]


async def test_an_attempt_given_back_too_late_gives_nothing_to_the_next_minute() -> None:
    clock = Clock()
    throttle = Throttle(None, clock=clock)
    attempt = await throttle.take("a")
    clock.now += 60
    await waits(throttle, "a", 5)

    await throttle.give_back(attempt)

    assert await waits(throttle, "a", 1) == [60]


async def test_processes_count_together(redis_url: str) -> None:
    key = uuid4().hex
    first, second = Throttle(redis_url, clock=Clock()), Throttle(redis_url, clock=Clock())

    assert await waits(first, key, 3) == [0, 0, 0]
    assert await waits(second, key, 3) == [0, 0, 60]
    with Redis.from_url(redis_url) as redis:
        assert 0 < redis.ttl(f"fieldgate:attempts:{key}:10") <= 120
    await first.close()
    await second.close()


async def test_without_redis_this_process_counts_alone() -> None:
    throttle = Throttle("redis://127.0.0.1:1/0", clock=Clock())

    assert await waits(throttle, "a", 6) == [0, 0, 0, 0, 0, 60]
    await throttle.close()


async def test_a_redis_that_hangs_costs_a_quarter_of_a_second_once() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        throttle = Throttle(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0")
        began = time.monotonic()
        assert await waits(throttle, "a", 6) == [0] * 5 + [pytest.approx(30, abs=30)]
        assert time.monotonic() - began < 2
        await throttle.close()


def test_the_doorbell_rings_for_the_workers(redis_url: str) -> None:
    doorbell, tenant = Doorbell(redis_url), uuid4()

    doorbell.ring(tenant)
    doorbell.close()

    with Redis.from_url(redis_url) as redis:
        (message,) = redis.lrange("celery", 0, -1)
    assert b'"task": "fieldgate.deliver"' in message
    assert str(tenant).encode() in message


def test_a_doorbell_without_redis_is_silent_and_quick() -> None:
    def seconds() -> float:
        doorbell = Doorbell("redis://127.0.0.1:1/0")
        began = time.monotonic()
        for _ in range(100):
            doorbell.ring(uuid4())
        spent = time.monotonic() - began
        doorbell.close()
        return spent

    assert any(seconds() < 0.5 for _ in range(5))
