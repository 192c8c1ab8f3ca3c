"""The processes of ``fieldgate serve``: ``python -m gateway.child ROLE HOME [LISTENER]``.

Each imports what it needs while the databases start, then waits for the supervisor's word.
"""

from __future__ import annotations

import socket
import sys

from core.kit.errors import ModuleError
from core.kit.limits import LIMITS
from core.kit.settings import ConfigurationError, Settings, get_settings
from gateway.logs import configure

#: How long requests may take to finish once the web process is asked to stop.
DRAIN_SECONDS = 10


def prepare(settings: Settings, *, load_demo: bool) -> None:
    """Migrate, and load the demo tenants unless this home has them."""
    from gateway.demo_file import load_once
    from gateway.migrate import upgrade
    from gateway.reach import require_servers

    wait_for_word()
    try:
        require_servers(settings)
        upgrade(settings)
        if load_demo:
            load_once(settings)
    except (ConfigurationError, ModuleError) as error:
        sys.exit(str(error))


def web(settings: Settings, listener: int) -> None:
    import uvicorn

    from gateway.app import create_app

    config = uvicorn.Config(
        create_app(settings),
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        ws_max_size=LIMITS.body_bytes,
    )
    wait_for_word()
    # The supervisor owns the socket: a restarted web process finds the callers still waiting.
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=listener)])


def worker(settings: Settings) -> None:
    from gateway.worker import celery

    _keep_our_logs(settings)
    wait_for_word()
    options = ["--pool=prefork", "--concurrency=2", "--without-gossip", "--without-mingle"]
    celery.worker_main(["--quiet", "worker", *options, f"--loglevel={settings.log_level}"])


def beat(settings: Settings) -> None:
    from gateway.worker import celery

    _keep_our_logs(settings)
    wait_for_word()
    schedule = settings.home / "beat-schedule"
    celery.start(
        ["beat", "--pidfile=", f"--schedule={schedule}", f"--loglevel={settings.log_level}"]
    )


def wait_for_word() -> None:
    """Block until the supervisor says go; leave if it ends instead."""
    if not sys.stdin.readline():
        sys.exit(1)


def _keep_our_logs(settings: Settings) -> None:
    from celery.signals import setup_logging

    # Whoever answers this signal keeps Celery from installing handlers of its own.
    setup_logging.connect(lambda **_: configure(settings), weak=False)


def main(role: str, home: str, *arguments: str) -> None:
    settings = get_settings()
    configure(settings)
    if role == "web":
        web(settings, int(arguments[0]))
    elif role == "prepare":
        prepare(settings, load_demo="demo" in arguments)
    else:
        {"worker": worker, "beat": beat}[role](settings)


if __name__ == "__main__":
    main(*sys.argv[1:])
