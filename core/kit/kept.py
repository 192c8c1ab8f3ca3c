"""Answers kept for a while: in Redis for all processes, in this one while there is none."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.kit.redis import AWAY_SECONDS, impatient

log = structlog.get_logger(__name__)
#: In this process.
MOST = 2000


class Kept:
    """Texts by key, each until it expires. Losing one costs a look elsewhere, and nothing else."""

    def __init__(
        self, redis_url: str | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = redis_url
        self._redis: Redis | None = None
        self._clock = clock
        self._away_until = 0.0
        self._here: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        if self._is_there():
            try:
                found: Any = await self._client().get(_named(key))
                return found  # type: ignore[no-any-return]
            except RedisError as error:
                self._note(error)
        until, found = self._here.get(key, (0.0, None))
        return found if self._clock() < until else None

    async def put(self, key: str, value: bytes, seconds: int) -> None:
        if self._is_there():
            try:
                await self._client().set(_named(key), value, ex=seconds)
                return
            except RedisError as error:
                self._note(error)
        self._here.pop(key, None)
        self._here[key] = (self._clock() + seconds, value)
        while len(self._here) > MOST:
            self._here.popitem(last=False)

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()
            self._redis = None

    def _is_there(self) -> bool:
        return self._url is not None and self._clock() >= self._away_until

    def _client(self) -> Redis:
        assert self._url is not None
        if self._redis is None:
            self._redis = impatient(self._url)
        return self._redis

    def _note(self, error: RedisError) -> None:
        self._away_until = self._clock() + AWAY_SECONDS
        log.warning("answers are kept in this process only", error=str(error))


def _named(key: str) -> str:
    return f"fieldgate:kept:{key}"
