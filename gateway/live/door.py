"""Who may watch, how many of them, and what they are answered with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from hashlib import sha256
from typing import Any, Protocol

import structlog
from starlette.requests import Request
from starlette.websockets import WebSocket

from core.kit.limits import LIMITS, Limits
from gateway.graphql import Gateway, GraphQLRequest
from gateway.live.hub import Hub
from gateway.live.limits import LIVE_LIMITS, Full, LiveLimits
from gateway.live.places import Places
from gateway.live.sse import Events
from gateway.live.stream import Stream
from gateway.live.websocket import Connection
from gateway.metrics import Metrics
from gateway.tenancy import Caller

log = structlog.get_logger("fieldgate.live")


class Leaving(Protocol):
    """A connection, which can be told that the process ends."""

    def leave(self) -> None: ...


class Live:
    """The live part of one web process."""

    def __init__(
        self,
        *,
        hub: Hub,
        places: Places,
        identify: Callable[[str], Awaitable[Caller | None]],
        settle: Callable[[Caller, GraphQLRequest], Awaitable[GraphQLRequest]],
        gateway_of: Callable[[Caller], Gateway],
        context_of: Callable[[Caller], Any],
        metrics: Metrics,
        always: frozenset[str] = frozenset(),
        origin: str = "",
        requests: Limits = LIMITS,
        limits: LiveLimits = LIVE_LIMITS,
    ) -> None:
        self.hub, self.places = hub, places
        self.identify, self.settle = identify, settle
        self.gateway_of, self.context_of = gateway_of, context_of
        self.metrics = metrics
        #: Topics by which a caller may do more or less than before.
        self.always = always
        #: Of pages that may connect, besides those of the address that is asked.
        self.origin = origin
        self.requests, self.limits = requests, limits
        self.turns = asyncio.Semaphore(limits.at_once)
        self._open: set[Leaving] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._is_closing = False

    @property
    def patience(self) -> float:
        """How long a stream waits to be told before it looks by itself."""
        return self.limits.look_seconds if self.hub.hears else self.limits.deaf_seconds

    async def websocket(self, websocket: WebSocket) -> None:
        await Connection(self, websocket).run()

    async def events(self, request: Request) -> None:
        await Events(self, request).run()

    @contextmanager
    def opened(self, connection: Leaving, transport: str) -> Iterator[None]:
        """Count a connection; raises :class:`Full`, also when the process is about to end."""
        if self._is_closing or len(self._open) >= self.limits.connections:
            raise Full
        self._open.add(connection)
        self._empty.clear()
        self.metrics.live_connections.labels(transport).inc()
        try:
            yield
        finally:
            self._open.discard(connection)
            if not self._open:
                self._empty.set()
            self.metrics.live_connections.labels(transport).dec()

    def held_by(self, token: str, caller: Caller) -> AbstractAsyncContextManager[None]:
        """Count a connection of *caller*, in whichever process; raises :class:`Full`."""
        shown = sha256(token.encode()).hexdigest()  # what is counted by lies about in Redis
        return self.places.held(
            {f"tenant:{caller.tenant}": self.limits.per_tenant,
             f"token:{shown}": self.limits.per_token}
        )  # fmt: skip

    def note(self, stream: Stream, transport: str) -> None:
        self.metrics.live_ended.labels(stream.outcome).inc()
        self.metrics.live_answers.inc(stream.answered)
        log.info(
            "watched",
            transport=transport,
            tenant=stream.tenant,
            operation=stream.operation,
            outcome=stream.outcome,
            answers=stream.answered,
            seconds=round(time.monotonic() - stream.began, 2),
        )

    async def close(self) -> None:
        """Tell all who watch that this process ends, and wait a moment until they have left."""
        self._is_closing = True
        for connection in list(self._open):
            connection.leave()
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * self.limits.farewell_seconds):
                await self._empty.wait()
