"""Whether the servers at the addresses we were given answer, in words for who set them."""

from __future__ import annotations

from urllib.parse import urlsplit

import psycopg
from redis import Redis, RedisError

from core.kit.settings import ConfigurationError, Settings, psycopg_dsn

Connection = psycopg.Connection[tuple[object, ...]]
CONNECT_SECONDS = 5


def connect(url: str) -> Connection:
    """A connection to *url*, or what is wrong with it."""
    try:
        return psycopg.connect(psycopg_dsn(url), connect_timeout=CONNECT_SECONDS)
    except psycopg.Error as error:
        # Its first line says what; those after it ask questions.
        reason = str(error).partition("\n")[0]
        raise ConfigurationError(
            f"The database at {without_password(url)} can't be reached: {reason}. "
            "Start it or correct DATABASE_URL."
        ) from error


def ping(url: str) -> None:
    try:
        with Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS) as client:
            client.ping()
    except RedisError as error:
        raise ConfigurationError(
            f"Redis at {without_password(url)} can't be reached: {error}. "
            "Start it or correct REDIS_URL."
        ) from error


def require_servers(settings: Settings) -> None:
    connect(settings.owner_database_url).close()
    if settings.redis_url is not None:
        ping(settings.redis_url)


def without_password(url: str) -> str:
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=user.partition(":")[0] + at + place).geturl()
