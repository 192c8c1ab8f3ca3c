"""Servers outside are asked within limits, and left alone when they fail again and again."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from core.kit import outside
from core.kit.breaker import Breaker
from core.kit.kept import Kept
from core.kit.outside import NoAnswer, Outside, Question
from gateway import embedded
from tests.geocoders import Answer, Asked, Geocoder, says

TENANT = UUID(int=1)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[Geocoder]:
    async with Geocoder.open() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def door() -> AsyncIterator[Outside]:
    opened = Outside()
    yield opened
    await opened.close()


async def ask(
    door: Outside, server: Geocoder, seconds: float = 10, tenant: UUID = TENANT, **more: Any
) -> Any:
    question = Question("SOMEBODY", f"{server.url}/x", **more)
    return await door.ask(question, lambda said: said["a"], tenant=tenant, seconds=seconds)


async def outcome(door: Outside, server: Geocoder, **more: Any) -> str:
    with pytest.raises(NoAnswer) as caught:
        await ask(door, server, **more)
    return caught.value.outcome


async def slowly(asked: Asked) -> Answer:
    await asyncio.sleep(30)
    return 200, {}, b"{}"


async def drop(asked: Asked) -> Answer:
    raise ConnectionResetError


async def test_an_answer_is_read_and_what_was_sent_arrives(door: Outside, server: Geocoder) -> None:
    server.behave = says({"a": 1})

    assert await ask(door, server, params={"q": "é & ü"}, headers={"X-Key": "k"}) == 1
    assert await ask(door, server, body={"b": 2}) == 1

    first, second = server.asked
    assert (first.method, first.params, first.headers["x-key"]) == ("GET", {"q": "é & ü"}, "k")
    assert (second.method, second.body) == ("POST", {"b": 2})


@pytest.mark.parametrize(
    ("behave", "said"),
    [
        (says(b"not json"), "unreadable"),
        (says(["a"]), "unreadable"),
        (says({"b": 1}), "unreadable"),
        (says(b"[" * 100_000), "unreadable"),
        (says(b"x" * 1_100_000), "too_large"),
        (says(gzip.compress(b"{}"), Content_Encoding="gzip"), "unreadable"),
        (says({}, 500), "failed"),
        (says({}, 403), "failed"),
        (says({}, 429), "throttled"),
        (says({}, 400), "refused"),
        (says({"a": 1}, 302, Location="http://169.254.169.254/latest"), "redirected"),
        (says({"a": 1}, 204), "failed"),
        (slowly, "too_slow"),
        (drop, "unreachable"),
    ],
)
async def test_what_is_no_answer_is_said_in_a_word(
    door: Outside, server: Geocoder, behave: Any, said: str
) -> None:
    server.behave = behave

    assert await outcome(door, server, seconds=0.2 if behave is slowly else 10) == said


async def test_nobody_follows_where_a_server_sends(door: Outside, server: Geocoder) -> None:
    async with Geocoder.open() as elsewhere:
        server.behave = says({}, 307, Location=f"{elsewhere.url}/secret")

        assert await outcome(door, server) == "redirected"

        assert elsewhere.asked == []


async def test_a_server_that_fails_five_times_is_left_alone_and_tried_again(
    server: Geocoder,
) -> None:
    clock, states, outcomes = Clock(), [], []
    door = Outside(
        None,
        lambda server, outcome, seconds: outcomes.append(outcome),
        lambda server, is_open: states.append(is_open),
        clock,
    )
    server.behave = says({}, 500)

    assert [await outcome(door, server) for _ in range(7)] == [*["failed"] * 5, *["left_alone"] * 2]
    assert (len(server.asked), states) == (5, [True])

    clock.now += 31
    assert [await outcome(door, server) for _ in range(2)] == ["failed", "left_alone"]
    server.behave = says({"a": 1})
    clock.now += 31
    assert await outcome(door, server) == "left_alone"  # twice as long
    clock.now += 31
    assert await ask(door, server) == 1
    assert await ask(door, server) == 1
    assert states == [True, False]
    assert outcomes[-1] == "answered"
    await door.close()


async def test_a_server_that_asks_to_be_left_alone_is(server: Geocoder) -> None:
    clock = Clock()
    door = Outside(clock=clock)
    server.behave = says({}, 429, Retry_After="120")

    assert await outcome(door, server) == "throttled"
    clock.now += 119
    assert await outcome(door, server) == "left_alone"
    clock.now += 2
    assert await outcome(door, server) == "throttled"
    await door.close()


async def test_a_question_that_is_refused_is_no_failure_of_the_server(
    door: Outside, server: Geocoder
) -> None:
    server.behave = says({}, 400)

    assert {await outcome(door, server) for _ in range(7)} == {"refused"}


async def test_a_key_that_is_refused_leaves_others_their_answers(
    door: Outside, server: Geocoder
) -> None:
    server.behave = says({}, 403)
    for _ in range(5):
        await outcome(door, server, account="theirs")
    server.behave = says({"a": 1})

    assert await outcome(door, server, account="theirs") == "left_alone"
    assert await ask(door, server) == 1


async def test_no_tenant_has_more_than_its_share_of_questions_under_way(
    door: Outside, server: Geocoder
) -> None:
    hold = asyncio.Event()

    async def held(asked: Asked) -> Answer:
        await hold.wait()
        return 200, {}, json.dumps({"a": 1}).encode()

    server.behave = held
    waiting = [asyncio.create_task(ask(door, server, seconds=5)) for _ in range(4)]
    others = [asyncio.create_task(ask(door, server, seconds=5, tenant=uuid4())) for _ in range(12)]
    await asyncio.sleep(0)

    assert await outcome(door, server) == "busy"
    assert await outcome(door, server, tenant=uuid4()) == "busy"  # sixteen in all

    hold.set()
    assert await asyncio.gather(*waiting, *others) == [1] * 16
    assert await ask(door, server) == 1
    assert len(server.asked) == 17


async def test_what_is_kept_is_there_until_it_expires(tmp_path: Path) -> None:
    clock = Clock()
    with embedded.valkey(tmp_path / "valkey") as url:
        shared, same = Kept(url), Kept(url)
        await shared.put("a", b"1", 60)
        assert await same.get("a") == b"1"
        assert await same.get("b") is None
    assert await shared.get("a") is None  # Redis is away: nobody is told but the log
    await shared.put("a", b"2", 60)
    assert await shared.get("a") == b"2"
    alone = Kept(None, clock)
    await alone.put("a", b"1", 60)
    assert await alone.get("a") == b"1"
    clock.now += 61
    assert await alone.get("a") is None
    for kept in (shared, same, alone):
        await kept.close()


def test_a_breaker_waits_twice_as_long_each_time_ten_minutes_at_most() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    waits = []
    for _ in range(5):
        breaker.failed()
    for _ in range(7):
        assert breaker.until is not None
        waits.append(breaker.until - clock.now)
        clock.now = breaker.until
        assert breaker.admits()
        breaker.failed()

    assert waits == [30, 60, 120, 240, 480, 600, 600]
    assert outside.MOST_OF_ONE < outside.MOST
