"""The ASGI application: what serves, put together and opened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import orjson
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from core.documents.services import DOCUMENTS_CHANGED
from core.files.store import Store
from core.kit.context import Context
from core.kit.errors import Busy, ModuleError
from core.kit.limits import LIMITS, Limits
from core.kit.modules import Modules
from core.kit.outside import Outside
from core.kit.pool import SERVER_SETTINGS, Database
from core.kit.settings import (
    ConfigurationError,
    Settings,
    asyncpg_dsn,
    get_settings,
    sqlalchemy_url,
)
from core.kit.thread import keep_pauses_short
from core.tenancy.lookups import module_sets
from core.tenancy.services import ACCESS_CHANGED
from gateway.auth import Auth, auth_routes, bearer
from gateway.doorbell import Doorbell
from gateway.endpoint import GraphQLEndpoint
from gateway.endpoint.reading import BadRequest
from gateway.errors import formatted
from gateway.files import Files, file_routes
from gateway.gateways import Gateways
from gateway.graphql import Gateway, GraphQLRequest
from gateway.live import Live
from gateway.live.farewell import leaving_first
from gateway.live.hub import Hub
from gateway.live.limits import LIVE_LIMITS, LiveLimits
from gateway.live.places import Places
from gateway.mailbox import mailbox_routes
from gateway.metrics import Metrics
from gateway.modules import load_modules
from gateway.pages import Check, Looked, pages
from gateway.stored import Planning, StoredDocuments
from gateway.tenancy import Caller, Callers, GatewaySessions
from gateway.throttle import Throttle
from gateway.unsubscribe import Unsubscribe, unsubscribe_routes

log = structlog.get_logger(__name__)
GRAPHQL = "/graphql"
#: Of transactions that write; reading has a pool of its own.
WRITERS = 5
#: How long it may take to find out who asks: half of what a request may take.
PATIENCE_SECONDS = 5
_CODES = {401: "UNAUTHENTICATED", 403: "FORBIDDEN", 404: "NOT_FOUND"}


class Service:
    """What requests are answered with, while the application is open."""

    db: Database
    callers: Callers
    stored: StoredDocuments
    sessions: GatewaySessions
    throttle: Throttle
    auth: Auth
    files: Files
    live: Live
    unsubscribe: Unsubscribe
    outside: Outside

    def __init__(
        self,
        settings: Settings,
        modules: Modules,
        limits: Limits = LIMITS,
        metrics: Metrics | None = None,
        live_limits: LiveLimits = LIVE_LIMITS,
    ) -> None:
        known = modules.address_providers
        if known and settings.address_provider not in known:
            raise ConfigurationError(
                f"FIELDGATE_ADDRESS_PROVIDER is '{settings.address_provider}'; there are "
                f"{', '.join(known)}."
            )
        self.settings = settings
        self.metrics = metrics or Metrics()
        self.limits, self.live_limits = limits, live_limits
        self.gateways = Gateways(modules, limits)

    @asynccontextmanager
    async def open(self, _app: Starlette) -> AsyncIterator[None]:
        settings = self.settings
        async with AsyncExitStack() as stack:
            stack.callback(self.gateways.close)
            self.db = await stack.enter_async_context(
                Database.open(
                    asyncpg_dsn(settings.app_database_url),
                    size=settings.pool_max_size,
                    statement_timeout_s=settings.statement_timeout_seconds,
                    patience_s=settings.pool_timeout_seconds,
                )
            )
            engine = _engine(settings)
            stack.push_async_callback(engine.dispose)
            doorbell = Doorbell(settings.redis_url)
            stack.callback(doorbell.close)
            metrics = self.metrics
            self.outside = Outside(settings.redis_url, metrics.answered, metrics.left_alone)
            stack.push_async_callback(self.outside.close)
            self.throttle = Throttle(settings.redis_url)
            stack.push_async_callback(self.throttle.close)
            self.callers = Callers(self.db, self.gateways.modules)
            stack.push_async_callback(self.callers.close)
            self.stored = StoredDocuments(self.db)
            forget = {ACCESS_CHANGED: self.callers.forget, DOCUMENTS_CHANGED: self.stored.forget}
            hub = Hub(settings.redis_url, forget)
            hub.open()
            stack.push_async_callback(hub.close)
            places = Places(settings.redis_url)
            places.open()
            stack.push_async_callback(places.close)
            self.sessions = GatewaySessions(engine, forget, doorbell.ring, hub.announce)
            self.live = self._live(hub, places, frozenset(forget))
            stack.enter_context(leaving_first(self.live.close))
            stack.push_async_callback(self.live.close)
            lifetime = timedelta(hours=settings.token_hours)
            self.auth = Auth(self.db, self.sessions, self.throttle, lifetime)
            self.files = Files(settings, self.db, self.sessions)
            self.unsubscribe = Unsubscribe(settings, self.sessions, self.gateways.modules)
            warming = await self._warm()
            keep_pauses_short()
            yield
            warming.cancel()

    def _live(self, hub: Hub, places: Places, always: frozenset[str]) -> Live:
        return Live(
            hub=hub,
            places=places,
            identify=self.identify_by,
            settle=self.settle,
            gateway_of=self.gateway_of,
            context_of=self.context_of,
            metrics=self.metrics,
            always=always,
            origin=self.settings.public_address,
            requests=self.limits,
            limits=self.live_limits,
        )

    async def identify(self, request: Request) -> Caller | None:
        return await self.identify_by(bearer(request))

    async def identify_by(self, token: str) -> Caller | None:
        caller = self.callers.known(token)
        if caller is None:
            caller = await self._look_up(token)
        if caller is not None:
            await self.gateways.make_ready(caller.modules)
        return caller

    async def _look_up(self, token: str) -> Caller | None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self.callers.of(token)
        except (TimeoutError, Busy):
            message = "The database does not answer. Try again in a moment."
            raise BadRequest(503, message, "TIMEOUT") from None

    async def settle(self, caller: Caller, asked: GraphQLRequest) -> GraphQLRequest:
        """*asked* with its text, if only its hash was sent, and if *caller* may run it."""
        return await self.stored.settle(asked, caller.tenant, only=caller.documents_only)

    def gateway_of(self, caller: Caller) -> Gateway:
        return self.gateways.of(caller.modules)

    def context_of(self, caller: Caller, _request: Request | None = None) -> Context:
        listeners = self.gateways.modules(caller.modules).listeners
        return Context(
            caller.actor, caller.permissions, self.db, self.sessions, listeners, self.settings,
            self.outside,
        )  # fmt: skip

    async def _warm(self) -> asyncio.Task[None]:
        """Make the most frequent set of modules ready, and begin with the others."""
        sets = await module_sets(self.db)
        await self._make_ready(sets[:1])
        return asyncio.create_task(self._warm_more(sets[1:]))

    async def _warm_more(self, sets: list[list[str]]) -> None:
        await self._make_ready(sets)
        await Planning(self.db, self.gateways).run()

    async def _make_ready(self, sets: list[list[str]]) -> None:
        for names in sets:
            try:
                await self.gateways.make_ready(self.gateways.modules(names).names)
            except ModuleError as error:
                # These tenants can't be served; the others can.
                log.error("a set of modules does not fit", modules=names, error=str(error))


class Application(Starlette):
    """An application that goes straight to *graphql*, which answers in any case and looks at the
    method itself: layers and routes take longer than reading the request."""

    def __init__(self, graphql: ASGIApp, **options: Any) -> None:
        super().__init__(**options)
        self._graphql = graphql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        straight = scope["type"] == "http" and scope["path"] == GRAPHQL
        await (self._graphql if straight else super().__call__)(scope, receive, send)


def create_app(
    settings: Settings | None = None,
    modules: Modules | None = None,
    limits: Limits = LIMITS,
    live_limits: LiveLimits = LIVE_LIMITS,
) -> Starlette:
    settings = settings or get_settings()
    metrics = Metrics()
    service = Service(settings, modules or load_modules(), limits, metrics, live_limits)
    graphql = GraphQLEndpoint(
        identify=service.identify,
        gateway_of=service.gateway_of,
        context_of=service.context_of,
        settle=service.settle,
        events=lambda request: service.live.events(request),
        metrics=metrics,
        limits=limits,
        development=settings.environment == "development",
    )

    async def watch(websocket: WebSocket) -> None:
        await service.live.websocket(websocket)

    checks = [Check("database", lambda: service.db.ping())]
    if settings.redis_url is not None:
        checks.append(Check("redis", lambda: service.throttle.ping(), required=False))
    if settings.files_url is not None:
        checks.append(Check("files", Looked(Store.of(settings).check).now, required=False))
    return Application(
        graphql,
        routes=[
            Route(GRAPHQL, graphql),
            WebSocketRoute(GRAPHQL, watch),
            *auth_routes(lambda: service.auth),
            *file_routes(lambda: service.files),
            *unsubscribe_routes(lambda: service.unsubscribe),
            *(mailbox_routes() if settings.has_mailbox else []),
            *pages(metrics, checks),
        ],
        exception_handlers={HTTPException: _http_error},
        lifespan=service.open,
    )


def _engine(settings: Settings) -> AsyncEngine:
    timeout_s = settings.statement_timeout_seconds
    return create_async_engine(
        sqlalchemy_url(settings.app_database_url, "asyncpg"),
        pool_size=WRITERS,
        max_overflow=0,
        pool_timeout=settings.pool_timeout_seconds,
        pool_pre_ping=True,  # a database that was away has left broken connections
        connect_args={
            "command_timeout": timeout_s + 2,
            "server_settings": {
                **SERVER_SETTINGS,
                "statement_timeout": str(int(timeout_s * 1000)),
                "application_name": "fieldgate",
            },
        },
    )


async def _http_error(_request: Request, error: Exception) -> Response:
    """Errors of routes, typed like all others."""
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "BAD_REQUEST")
    body = orjson.dumps({"errors": [formatted(error.detail, code)]})
    return Response(
        body, error.status_code, dict(error.headers or {}), "application/json; charset=utf-8"
    )
