"""Tells the workers that a tenant's outbox has something new, if they can be told right now."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from uuid import UUID

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
TASK = "fieldgate.deliver"
PATIENCE_SECONDS = 1.0
AWAY_SECONDS = 5.0


class Doorbell:
    """Rings from a thread of its own. A ring that is lost delays a delivery, nothing more:

    the workers look into all outboxes from time to time.
    """

    def __init__(self, redis_url: str | None) -> None:
        self._celery = None if redis_url is None else _celery(redis_url)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="doorbell")
        self._lock = Lock()
        self._waiting: set[UUID] = set()
        self._away_until = 0.0

    def ring(self, tenant: UUID) -> None:
        """Have it told, without waiting."""
        if self._celery is None or time.monotonic() < self._away_until:
            return
        with self._lock:
            first = not self._waiting
            self._waiting.add(tenant)  # once, however often it rings until it is told
        if first:
            self._thread.submit(self._tell, self._celery)

    def close(self) -> None:
        self._thread.shutdown(wait=True)
        if self._celery is not None:
            self._celery.close()

    def _tell(self, celery: Celery) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, set()
        try:
            for tenant in waiting:
                celery.send_task(TASK, args=[str(tenant)], ignore_result=True, retry=False)
        except (OperationalError, RedisError, OSError) as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            log.warning("the workers can't be told of new outbox entries", error=str(error))


def _celery(redis_url: str) -> Celery:
    celery = Celery("fieldgate", broker=redis_url, set_as_current=False)
    celery.conf.update(
        broker_transport_options={
            "socket_timeout": PATIENCE_SECONDS,
            "socket_connect_timeout": PATIENCE_SECONDS,
            "max_retries": 0,
        },
        broker_connection_retry=False,
    )
    return celery
