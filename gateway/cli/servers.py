"""Databases for one command: those given, those of a running serve, or embedded ones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from core.kit.settings import Settings, get_settings, use_servers
from gateway import embedded
from gateway.home import Home, InUse, Run

#: How long to wait for another command to leave the home.
PATIENCE_SECONDS = 30


@contextmanager
def servers(*, redis: bool = False) -> Iterator[Settings]:
    """The settings of a command that needs the database, and *redis* if it says so."""
    settings = get_settings()
    # Imported late: serve, which has the same command line, starts sooner without the clients.
    from gateway.logs import configure
    from gateway.reach import require_servers

    configure(settings)
    with ExitStack() as stack:
        if settings.database_url is None or (redis and settings.redis_url is None):
            settings = _borrow_or_start(settings, stack, redis)
        require_servers(settings)
        yield settings


def _borrow_or_start(settings: Settings, stack: ExitStack, redis: bool) -> Settings:
    home = Home(settings.home)
    run = _take_or_join(home, stack)
    if run is not None:
        return use_servers(database_url=run["database_url"], redis_url=run["redis_url"])
    home.tidy()
    database_url, redis_url = settings.database_url, settings.redis_url
    if database_url is None:
        log = home / "logs" / "postgres.log"
        server = embedded.postgres_server(home / "postgres", log)
        database_url = stack.enter_context(embedded.running(server))
    if redis and redis_url is None:
        server = embedded.valkey_server(home / "valkey", home / "logs" / "valkey.log")
        redis_url = stack.enter_context(embedded.running(server))
    return use_servers(database_url=database_url, redis_url=redis_url)


def _take_or_join(home: Home, stack: ExitStack) -> Run | None:
    """Take the home's lock, or find what the serve that holds it runs."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            stack.enter_context(home.lock())
        except InUse:
            run = home.serving()
            if run is not None and run["ready"]:
                return run
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return None
