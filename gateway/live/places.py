"""Places for those who watch: counted in Redis for all processes, in this one while it is away."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import structlog
from redis.exceptions import RedisError

from core.kit.redis import AWAY_SECONDS, impatient
from gateway.live.limits import Full

log = structlog.get_logger("fieldgate.live")
#: So long a place is held without its process saying so anew: those of a killed one come free.
LASTS_SECONDS = 30.0
#: How often it says so in that time.
TIMES = 3

#: Where each key has fewer places than it may, one for each of them; all by the clock of Redis.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for at, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  if redis.call('ZCARD', key) >= tonumber(ARGV[2 + at]) then return 0 end
end
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + ARGV[2], ARGV[1])
  redis.call('PEXPIRE', key, ARGV[2])
end
return 1
"""
#: Places that are held still, also if Redis has forgotten them meanwhile.
_HOLD = """
local time = redis.call('TIME')
local until_ = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
for at = 2, #ARGV do redis.call('ZADD', KEYS[1], until_, ARGV[at]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
"""


class Places:
    """Who watches holds a place for each key, of which there are so many."""

    def __init__(self, redis_url: str | None, lasts_seconds: float = LASTS_SECONDS) -> None:
        self._redis: Any = None if redis_url is None else impatient(redis_url)
        self._lasts = lasts_seconds
        self._name, self._numbers = secrets.token_hex(8), count()
        self._held: dict[str, tuple[str, ...]] = {}
        self._counts: Counter[str] = Counter()
        self._away_until = 0.0
        #: Whether the log has it that Redis is away.
        self._is_alone = False
        #: A place isn't said to be held while it is given back.
        self._telling = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None

    def open(self) -> None:
        if self._redis is not None:
            self._renewing = asyncio.create_task(self._renew())

    async def close(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
        if self._redis is not None:
            await self._redis.aclose()

    @asynccontextmanager
    async def held(self, most: Mapping[str, int]) -> AsyncIterator[None]:
        """A place for each key while the block runs; raises :class:`Full` if one has none left."""
        if any(self._counts[key] >= number for key, number in most.items()):
            raise Full
        place, keys = f"{self._name}:{next(self._numbers)}", tuple(most)
        self._counts.update(keys)  # before anybody is asked: two at once may not be one too many
        try:
            if await self._ask(lambda redis: self._take(redis, place, most)) == 0:
                raise Full
            self._held[place] = keys
            yield
        finally:
            self._held.pop(place, None)
            self._counts.subtract(keys)
            self._counts = +self._counts
            await asyncio.shield(self._give_back(place, keys))

    async def _take(self, redis: Any, place: str, most: Mapping[str, int]) -> Any:
        names, milliseconds = map(_name, most), int(self._lasts * 1000)
        return await redis.eval(_TAKE, len(most), *names, place, milliseconds, *most.values())

    async def _give_back(self, place: str, keys: tuple[str, ...]) -> None:
        async def remove(redis: Any) -> None:
            async with redis.pipeline(transaction=True) as pipeline:
                for key in keys:
                    pipeline.zrem(_name(key), place)
                await pipeline.execute()

        async with self._telling:
            await self._ask(remove)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._lasts / TIMES)
            async with self._telling:
                if self._held:
                    await self._ask(self._hold)

    async def _hold(self, redis: Any) -> None:
        places: dict[str, list[str]] = defaultdict(list)
        for place, keys in self._held.items():
            for key in keys:
                places[key].append(place)
        async with redis.pipeline(transaction=False) as pipeline:
            for key, several in places.items():
                pipeline.eval(_HOLD, 1, _name(key), int(self._lasts * 1000), *several)
            await pipeline.execute()

    async def _ask(self, do: Callable[[Any], Awaitable[Any]]) -> Any:
        """What Redis says; None while it is away, and this process counts by itself."""
        if self._redis is None or time.monotonic() < self._away_until:
            return None
        try:
            found = await do(self._redis)
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            if not self._is_alone:
                log.warning("connections are counted in this process only", error=str(error))
            self._is_alone = True
            return None
        if self._is_alone:
            log.info("connections are counted in all processes again")
        self._is_alone = False
        return found


def _name(key: str) -> str:
    return f"fieldgate:live:{key}"
