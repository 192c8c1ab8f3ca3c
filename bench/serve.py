"""Runs one of the Python servers: ``python -m bench.serve NAME PORT``."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import import_module
from typing import Any

import uvicorn

from core.kit.limits import LIMITS
from core.kit.settings import get_settings

#: Of connections to the database, in each server.
POOL = 10
#: Fifty Overviews in one request cost more than a caller may ask for; the check stays on.
COST = 50_000


def gateway() -> Any:
    """The gateway as in production, with one more module."""
    from bench import greeting
    from gateway.app import create_app
    from gateway.logs import configure
    from gateway.modules import BUILTIN, modules_of

    settings = get_settings()
    configure(settings)
    plugins = {name: import_module(path) for name, path in BUILTIN.items()}
    modules = modules_of({**plugins, "greeting": greeting})
    return create_app(settings, modules, replace(LIMITS, cost=COST))


def handwritten() -> Any:
    from bench.handwritten.server import create_app

    return create_app(get_settings(), POOL)


def idiomatic() -> Any:
    from bench.idiomatic.server import create_app

    return create_app(get_settings(), POOL)


def main(name: str, port: str) -> None:
    app = {"gateway": gateway, "handwritten": handwritten, "idiomatic": idiomatic}[name]()
    config = uvicorn.Config(
        app,
        port=int(port),
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
