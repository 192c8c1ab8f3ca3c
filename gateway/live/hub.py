"""Where announcements meet those who watch, in one process and across all of them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

import orjson
import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.live.announcing import CHANNEL, EVERYTHING, PATIENCE_SECONDS, Announcer

log = structlog.get_logger(__name__)
AGAIN_SECONDS = 1.0
#: A connection on which nothing was said for so long is asked whether it is one.
SILENCE_SECONDS = 10.0


class Bell:
    """Rings when something that its holder listens to was announced."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._rung = asyncio.Event()
        self.heard: set[tuple[UUID, str]] = set()

    def listen(self, tenant: UUID, topics: Collection[str]) -> None:
        """Ring for these, and for no others any more."""
        wanted = {(tenant, topic) for topic in topics}
        if wanted != self.heard:
            self._hub.hang(self, wanted)

    def ring(self) -> None:
        self._rung.set()

    def hush(self) -> None:
        self._rung.clear()

    async def wait(self, seconds: float) -> None:
        """Return when it rings, or after *seconds*."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()

    def take_down(self) -> None:
        self._hub.hang(self, set())


class Hub:
    """Rings bells. *forget* says what is to be looked up anew when a topic is heard."""

    def __init__(self, redis_url: str | None, forget: Mapping[str, Callable[[UUID], None]]) -> None:
        self._url = redis_url
        self._name = secrets.token_hex(8)
        self._announcer = Announcer(redis_url, self._name)
        self._forget = forget
        self._bells: dict[tuple[UUID, str], set[Bell]] = {}
        #: Whether the other processes can be heard; without Redis, there are none.
        self.hears = redis_url is None
        self._listening: asyncio.Task[None] | None = None

    def open(self) -> None:
        if self._url is not None:
            self._listening = asyncio.create_task(self._listen(self._url))

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await asyncio.to_thread(self._announcer.close)

    def announce(self, tenant: UUID, topics: Collection[str]) -> None:
        """Ring here at once, and have all other processes do so."""
        self._hear(tenant, topics)
        self._announcer.announce(tenant, topics)

    def bell(self) -> Bell:
        return Bell(self)

    def hang(self, bell: Bell, wanted: set[tuple[UUID, str]]) -> None:
        for key in bell.heard - wanted:
            self._bells[key].discard(bell)
            if not self._bells[key]:
                del self._bells[key]
        for key in wanted - bell.heard:
            self._bells.setdefault(key, set()).add(bell)
        bell.heard = wanted

    def _hear(self, tenant: UUID, topics: Collection[str]) -> None:
        for topic in topics:
            if topic in self._forget:
                self._forget[topic](tenant)
            # ``job:0193…`` is heard by those who watch the one, and by those who watch "job".
            for each in {topic, topic.partition(":")[0]}:
                for bell in self._bells.get((tenant, each), ()):
                    bell.ring()
        if EVERYTHING in topics:
            self._ring_all(tenant)

    def _ring_all(self, tenant: UUID | None = None) -> None:
        for (of, _), bells in self._bells.items():
            if tenant in (None, of):
                for bell in bells:
                    bell.ring()

    async def _listen(self, url: str) -> None:
        while True:
            try:
                await self._hear_others(url)
            except (RedisError, OSError, TimeoutError) as error:
                if self.hears:
                    log.warning("the other processes can't be heard", error=str(error))
                self.hears = False
            await asyncio.sleep(AGAIN_SECONDS)

    async def _hear_others(self, url: str) -> None:
        async with _client(url) as redis, redis.pubsub() as channel:
            await channel.subscribe(CHANNEL)
            self.hears = True
            self._ring_all()  # whatever was said meanwhile was not heard
            while True:
                said = await channel.get_message(
                    ignore_subscribe_messages=True, timeout=SILENCE_SECONDS
                )
                if said is None:
                    await channel.ping()
                elif said["type"] == "message":
                    self._understand(said["data"])

    def _understand(self, said: bytes) -> None:
        try:
            name, tenant, topics = orjson.loads(said)
            if name != self._name:
                self._hear(UUID(tenant), topics)
        except (ValueError, TypeError) as error:
            log.warning("an announcement makes no sense", error=str(error))


def _client(url: str) -> Any:
    return Redis.from_url(url, socket_connect_timeout=PATIENCE_SECONDS, retry=Retry(NoBackoff(), 0))
