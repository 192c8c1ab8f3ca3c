"""Looks into the gateway without a network between: plans, their statements, a profile."""

from __future__ import annotations

import asyncio
import contextlib
import cProfile
import io
import pstats
import time
from importlib import import_module
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from graphql.execution.values import VariableValues, get_variable_values

from bench import greeting, queries
from bench.ground import Ground
from bench.questions import contact
from core.kit.context import Context
from core.kit.documents import Documents
from core.kit.plan.plan import Plan
from core.kit.plan.plans import Plans
from core.kit.session import Actor
from core.kit.settings import asyncpg_dsn
from gateway.app import create_app
from gateway.logs import configure
from gateway.modules import BUILTIN, modules_of
from gateway.schema import schema_of

PROFILED = {
    "overview": queries.OVERVIEW,
    "overview-charts": queries.OVERVIEW_CHARTS,
    "mixed": queries.OVERVIEW_MIXED,
}
REQUESTS = 1_000
SHOWN = 25


def all_modules() -> Any:
    plugins: dict[str, Any] = {name: import_module(path) for name, path in BUILTIN.items()}
    return modules_of({**plugins, "greeting": greeting})


class _Caught:
    """Stands for the database: takes a plan's statement instead of running it."""

    asked: tuple[str, list[Any]] = ("", [])

    async def fetch(self, tenant: UUID, text: str, values: list[Any], **_: Any) -> list[Any]:
        self.asked = text, values
        raise asyncio.CancelledError


async def statements(ground: Ground, document: str) -> list[tuple[str, list[Any]]]:
    """The statement of *document* as planned, with its values for each of the contacts."""
    modules = all_modules()
    schema = schema_of(modules)._schema
    read = Documents(schema).read(document, None)
    permissions = frozenset(modules.permissions)
    actor = Actor(ground.grand.id)
    plan: Any = None
    found: list[tuple[str, list[Any]]] = []
    for key in ground.grand.contacts:
        values = get_variable_values(
            schema, read.operation.variable_definitions or (), {"id": contact(key)}
        )
        assert isinstance(values, VariableValues)
        plan = plan or Plans(schema).make(read, values, permissions, frozenset())
        assert isinstance(plan, Plan), plan.why
        caught: Any = _Caught()
        context = Context(actor, permissions, caught, sessions=caught, listeners=caught)
        try:
            await plan.run(context, values)
        except asyncio.CancelledError:
            found.append(caught.asked)
    return found


async def security(ground: Ground, seconds: float, rounds: int) -> tuple[float, float]:
    """The Overview's statement as the application's role and as the owner: milliseconds of each."""
    asked = await statements(ground, queries.OVERVIEW)
    dsns = (ground.settings.app_database_url, ground.settings.owner_database_url)
    settings = {"jit": "off", "timezone": "UTC"}
    connections = [await asyncpg.connect(asyncpg_dsn(u), server_settings=settings) for u in dsns]
    times: list[list[float]] = [[], []]
    for connection in connections:
        await connection.fetchval("select array[row(1)], array[1]")  # lets asyncpg read both
        await connection.execute(f"set app.tenant = '{ground.grand.id}'")
        for text, values in asked:
            await connection.fetch(text, *values)
    until = time.monotonic() + 2 * seconds * rounds
    turn = 0
    while time.monotonic() < until:
        text, values = asked[turn // 2 % len(asked)]
        began = time.perf_counter()
        await connections[turn % 2].fetch(text, *values)
        times[turn % 2].append(time.perf_counter() - began)
        turn += 1
    for connection in connections:
        await connection.close()
    return median(times[0]) * 1000, median(times[1]) * 1000


async def profile(ground: Ground, name: str) -> None:
    """Print where the time of one request goes, from the endpoint to the bytes."""
    settings = ground.settings.model_copy(update={"environment": "production"})
    configure(settings)
    app = create_app(settings, all_modules())
    bodies = [
        orjson.dumps({"query": PROFILED[name], "variables": {"id": contact(key)}})
        for key in ground.grand.contacts
    ]
    with contextlib.redirect_stderr(io.StringIO()):
        async with app.router.lifespan_context(app):
            for turn in range(100):
                await _ask(app, ground.grand.token, bodies[turn % len(bodies)])
            profiler = cProfile.Profile()
            profiler.enable()
            for turn in range(REQUESTS):
                await _ask(app, ground.grand.token, bodies[turn % len(bodies)])
            profiler.disable()
    for order in ("tottime", "cumtime"):
        pstats.Stats(profiler).sort_stats(order).print_stats(SHOWN)


async def _ask(app: Any, token: str, body: bytes) -> None:
    """Call the application as uvicorn does, with a client that stays."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": b"",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "headers": [
            (b"host", b"bench"),
            (b"authorization", f"Bearer {token}".encode()),
            (b"accept", b"application/json"),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ],
    }
    waiting = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        return waiting.pop() if waiting else await asyncio.Future()

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    if sent[0]["status"] != 200 or b'"errors"' in sent[1]["body"]:
        raise RuntimeError(f"the answer is {sent[0]['status']}: {sent[1]['body'][:300]!r}")
