"""A small schema without a database, served by the real endpoint and pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.kit.errors import BadInput, Forbidden
from core.kit.limits import LIMITS, Limits
from gateway.endpoint import GraphQLEndpoint
from gateway.graphql import Gateway
from gateway.metrics import Metrics
from gateway.pages import Check, pages

ALL_MAY = frozenset({"schema.read"})


@dataclass
class ToyContext:
    tenant: str
    permissions: frozenset[str]
    statements: int = 3
    events: list[str] = field(default_factory=list)
    failed: set[tuple[str, str]] = field(default_factory=set)

    def stop(self) -> None:
        """It loads nothing."""


@strawberry.type
class Page:
    nodes: list[Contact]
    total_count: int


@strawberry.type
class Contact:
    id: strawberry.ID
    name: str

    @strawberry.field
    def children(self, first: int = 50) -> Page:
        if first > LIMITS.page:
            raise BadInput(f"A page has 100 rows at most, not {first}.")
        return Page(nodes=[self] * min(first, 2), total_count=2)

    @strawberry.field
    def parent(self) -> Contact:
        return self

    @strawberry.field
    def friends(self) -> list[Contact]:
        return [self]


async def _sleep(info: strawberry.Info, seconds: float) -> str:
    events = info.context.events
    events.append("started")
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        events.append("cancelled")
        raise
    return "slept"


@strawberry.type
class Query:
    @strawberry.field
    def contact(self, id: strawberry.ID) -> Contact | None:
        return Contact(id=id, name="Établissements Dupont")

    @strawberry.field
    def contacts(self, ids: list[strawberry.ID]) -> list[Contact]:
        return [Contact(id=i, name=f"no {i}") for i in ids]

    @strawberry.field
    def broken(self) -> str | None:
        raise ValueError("the password is hunter2")

    @strawberry.field
    def private(self) -> str | None:
        raise Forbidden("contacts.read")

    @strawberry.field
    def wrong_type(self) -> int | None:
        return "a secret"  # type: ignore[return-value]

    @strawberry.field
    def ends_the_process(self) -> str | None:
        raise SystemExit(3)

    @strawberry.field
    async def stray_cancel(self) -> str | None:
        raise asyncio.CancelledError

    @strawberry.field
    def not_a_number(self) -> float | None:
        return float("nan")

    sleep: str | None = strawberry.field(resolver=_sleep)


@strawberry.type
class Mutation:
    @strawberry.mutation
    def rename(self, name: str) -> str:
        return name


@dataclass
class Toy:
    """The application, what it has counted, and what its slow resolver has seen."""

    app: Starlette
    gateway: Gateway
    metrics: Metrics
    context: ToyContext
    failing: set[str]
    asked: httpx.AsyncClient = field(init=False)

    async def ask(self, query: str, **request: Any) -> httpx.Response:
        return await self.asked.post("/graphql", json={"query": query, **request})

    async def errors(self, query: str, **request: Any) -> list[tuple[str, str]]:
        answer = (await self.ask(query, **request)).json()
        return [(e["extensions"]["code"], e["message"]) for e in answer["errors"]]


def make_toy(limits: Limits = LIMITS, permissions: frozenset[str] = ALL_MAY) -> Toy:
    schema = strawberry.Schema(Query, Mutation)
    gateway = Gateway(schema._schema, limits)
    metrics = Metrics()
    context = ToyContext("tenant-1", permissions)
    failing: set[str] = set()

    async def identify(request: Request) -> str | None:
        if "callers" in failing:
            await asyncio.sleep(5)
        known = request.headers.get("authorization") == "Bearer good"
        return "caller" if known or "x-fieldgate-preflight" in request.headers else None

    async def login(request: Request) -> Response:
        asked = await request.json()
        if asked == {"login": "ada", "password": "lovelace"}:
            return JSONResponse({"token": "good"})
        return JSONResponse({}, 401)

    def check(name: str, *, required: bool) -> Check:
        async def probe() -> None:
            if name in failing:
                raise ConnectionResetError

        return Check(name, probe, required)

    endpoint = GraphQLEndpoint(
        identify=identify,
        gateway_of=lambda _caller: gateway,
        context_of=lambda _caller, _request: replace(context),
        metrics=metrics,
        limits=limits,
    )
    checks = [check("database", required=True), check("redis", required=False)]
    routes = [
        Route("/graphql", endpoint),
        Route("/auth/login", login, methods=["POST"]),
        *pages(metrics, checks, metrics_token="figures"),
    ]
    toy = Toy(Starlette(routes=routes), gateway, metrics, context, failing)
    toy.asked = httpx.AsyncClient(
        transport=httpx.ASGITransport(toy.app, client=("203.0.113.7", 5000)),
        base_url="http://toy",
        headers={"Authorization": "Bearer good", "Accept": "application/graphql-response+json"},
    )
    return toy


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[str]:
    """*app* behind a real server on a free port, at the address given."""
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running
