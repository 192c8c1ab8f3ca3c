"""Attempts counted in fixed windows: in Redis for all processes, in this one while it is away."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.kit.redis import AWAY_SECONDS, impatient

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One that was counted, and how many seconds to wait if it was one too many."""

    keys: tuple[str, ...]
    window: int
    wait: int


class Throttle:
    """At most *limit* attempts in *seconds* for each key."""

    def __init__(
        self,
        redis_url: str | None,
        *,
        limit: int = 5,
        seconds: int = 60,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._redis = None if redis_url is None else impatient(redis_url)
        self._limit = limit
        self._seconds = seconds
        self._clock = clock
        self._away_until = 0.0
        self._window = 0
        self._counts: Counter[str] = Counter()

    async def take(self, *keys: str) -> Attempt:
        """Count an attempt for each of *keys*."""
        now = self._clock()
        window = int(now // self._seconds)
        counts = await self._count(window, keys, 1)
        left = max(1, round((window + 1) * self._seconds - now))
        return Attempt(keys, window, left if max(counts) > self._limit else 0)

    async def give_back(self, attempt: Attempt) -> None:
        """Uncount an attempt that turned out well."""
        await self._count(attempt.window, attempt.keys, -1)

    async def ping(self) -> None:
        if self._redis is not None:
            await self._redis.ping()

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()

    async def _count(self, window: int, keys: tuple[str, ...], by: int) -> list[int]:
        if self._redis is not None and self._clock() >= self._away_until:
            try:
                return await self._count_in_redis(self._redis, window, keys, by)
            except RedisError as error:
                self._away_until = self._clock() + AWAY_SECONDS
                log.warning("attempts are counted in this process only", error=str(error))
        return self._count_here(window, keys, by)

    async def _count_in_redis(
        self, redis: Redis, window: int, keys: tuple[str, ...], by: int
    ) -> list[int]:
        async with redis.pipeline(transaction=True) as pipeline:
            for key in keys:
                name = f"fieldgate:attempts:{key}:{window}"
                pipeline.incrby(name, by)
                pipeline.expire(name, 2 * self._seconds)
            counts: list[int] = (await pipeline.execute())[::2]
        return counts

    def _count_here(self, window: int, keys: tuple[str, ...], by: int) -> list[int]:
        if window > self._window:
            self._window = window
            self._counts.clear()
        if window < self._window:  # given back after its time
            return [0 for _ in keys]
        for key in keys:
            self._counts[key] += by
        return [self._counts[key] for key in keys]
