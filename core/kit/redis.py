"""Redis as what can do without it asks: it answers at once, or is left alone for a while."""

from __future__ import annotations

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

PATIENCE_SECONDS = 0.25
#: How long a Redis that did not answer is left alone.
AWAY_SECONDS = 5.0


def impatient(url: str) -> Redis:
    """A client that waits for nothing longer than it takes to do without."""
    return Redis.from_url(
        url,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
