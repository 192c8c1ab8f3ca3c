"""How many may watch: counted for all web processes in Redis, in each one while that is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
from redis import Redis

from core.kit.settings import Settings
from gateway import embedded
from gateway.app import create_app
from gateway.live.limits import Full, LiveLimits
from gateway.live.places import LASTS_SECONDS, Places
from tests.cast import Tenant
from tests.gateway.watching import server, token_of, watcher

#: A port on which nobody listens.
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory: Path = tmp_path_factory.mktemp("valkey") / "data"
    with embedded.valkey(directory) as url:
        yield url


@pytest.fixture
def key() -> str:
    return uuid4().hex


@asynccontextmanager
async def process(url: str | None, lasts: float = LASTS_SECONDS) -> AsyncIterator[Places]:
    places = Places(url, lasts)
    places.open()
    yield places
    await places.close()


async def is_full(places: Places, most: dict[str, int]) -> bool:
    try:
        async with places.held(most):
            return False
    except Full:
        return True


async def test_processes_share_the_places_and_give_them_back(redis_url: str, key: str) -> None:
    most = {key: 3, f"{key}-token": 2}
    async with process(redis_url) as one, process(redis_url) as two, one.held(most):
        async with two.held(most):
            # Both tokens are taken; of the tenant one place is left, also for who is refused.
            assert await is_full(one, most)
            assert await is_full(two, most)
            assert not await is_full(two, {key: 3, "another-token": 2})
        assert not await is_full(one, most)
    with Redis.from_url(redis_url) as redis:
        assert redis.zcard(f"fieldgate:live:{key}") == 0


async def test_the_places_of_a_killed_process_come_free_by_themselves(
    redis_url: str, key: str
) -> None:
    killed = Places(redis_url, 3)
    stays = killed.held({key: 1})
    await stays.__aenter__()
    async with process(redis_url) as other:
        assert await is_full(other, {key: 1})
        async with asyncio.timeout(60):
            while await is_full(other, {key: 1}):  # noqa: ASYNC110 - nobody says so
                await asyncio.sleep(0.1)
    await stays.__aexit__(None, None, None)
    await killed.close()


async def test_a_place_is_kept_for_as_long_as_its_process_lives(redis_url: str, key: str) -> None:
    name = f"fieldgate:live:{key}"
    with Redis.from_url(redis_url) as redis:
        async with process(redis_url, 1) as places, places.held({key: 1}):
            (place, until), *others = redis.zrange(name, 0, -1, withscores=True)
            assert others == []
            redis.delete(name)  # a Redis that was restarted knows nothing
            async with asyncio.timeout(60):
                while not (found := redis.zscore(name, place)):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            assert found > until
        assert redis.zcard(name) == 0


@pytest.mark.parametrize("url", [None, NOWHERE], ids=["none", "away"])
async def test_without_redis_a_process_counts_by_itself_and_says_so_once(
    url: str | None, key: str
) -> None:
    with structlog.testing.capture_logs() as logged:
        async with process(url) as one, process(url) as two, AsyncExitStack() as stack:
            for _ in range(2):
                await stack.enter_async_context(one.held({key: 2}))
                await stack.enter_async_context(two.held({key: 2}))
            assert await is_full(one, {key: 2})
            assert await is_full(two, {key: 2})
        assert not await is_full(one, {key: 2})

    said = [line["event"] for line in logged]
    assert said == (["connections are counted in this process only"] * 2 if url else [])


async def test_two_at_once_do_not_get_one_place(redis_url: str, key: str) -> None:
    async def stay(places: Places, go: asyncio.Event) -> str:
        try:
            async with places.held({key: 5}):
                await go.wait()
                return "in"
        except Full:
            return "full"

    async with process(redis_url) as one, process(redis_url) as two:
        go = asyncio.Event()
        all_ = [asyncio.create_task(stay(places, go)) for places in (one, two) * 10]
        async with asyncio.timeout(60):
            while sum(task.done() for task in all_) < 15:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        go.set()
        found: list[Any] = await asyncio.gather(*all_)

    assert sorted(found) == ["full"] * 15 + ["in"] * 5


async def test_web_processes_share_how_many_may_watch(
    settings: Settings, tenant: Tenant, redis_url: str
) -> None:
    shared = settings.model_copy(update={"redis_url": redis_url})
    limits = LiveLimits(per_token=2, per_tenant=3)
    ada, _ = await token_of(tenant)
    bob, _ = await token_of(tenant, "Bob")
    async with (
        server(create_app(shared, live_limits=limits)) as here,
        server(create_app(shared, live_limits=limits)) as there,
        watcher(here, ada),
        watcher(there, ada),
    ):
        assert await _code(there, ada) == 1013
        async with watcher(there, bob):
            assert await _code(here, bob) == 1013
    with Redis.from_url(redis_url) as redis:
        names = [name for name in redis.scan_iter() if ada.encode() in name]
    assert names == []  # a token is nothing that lies about


async def _code(host: str, token: str) -> int:
    async with watcher(host, None) as refused:
        payload = {"Authorization": f"Bearer {token}"}
        await refused.say(type="connection_init", payload=payload)
        return (await refused.code())[0]
