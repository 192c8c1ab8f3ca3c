"""Tells all web processes what was announced, if they can be told right now."""

from __future__ import annotations

import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from uuid import UUID

import orjson
import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = structlog.get_logger(__name__)
CHANNEL = "fieldgate:live"
#: Stands for all topics of a tenant.
EVERYTHING = "*"
#: Of one tenant in one message; more are everything.
MOST_TOPICS = 100
PATIENCE_SECONDS = 1.0
AWAY_SECONDS = 5.0


class Announcer:
    """Tells from a thread of its own. What is lost delays an update, nothing more:

    whoever watches looks by themselves from time to time.
    """

    def __init__(self, redis_url: str | None, name: str = "") -> None:
        #: Of this process, which needs not be told what it has said itself.
        self._name = name
        self._redis = None if redis_url is None else _client(redis_url)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="announcer")
        self._lock = Lock()
        self._waiting: dict[UUID, set[str]] = {}
        self._away_until = 0.0

    def announce(self, tenant: UUID, topics: Collection[str]) -> None:
        """Have it told, without waiting."""
        if self._redis is None or time.monotonic() < self._away_until:
            return
        with self._lock:
            first = not self._waiting
            self._waiting.setdefault(tenant, set()).update(topics)
        if first:
            self._thread.submit(self._tell, self._redis)

    def close(self) -> None:
        self._thread.shutdown(wait=True)
        if self._redis is not None:
            self._redis.close()

    def _tell(self, redis: Redis) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        try:
            for tenant, topics in waiting.items():
                said = sorted(topics) if len(topics) <= MOST_TOPICS else [EVERYTHING]
                redis.publish(CHANNEL, orjson.dumps([self._name, tenant.hex, said]))
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            log.warning("what changed can't be announced", error=str(error))


def _client(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
