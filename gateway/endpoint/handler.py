"""The ASGI application behind ``/graphql``: the outermost layer, which answers in any case."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any, Generic, TypeVar

import orjson
from starlette.requests import Request
from starlette.types import Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from core.kit.errors import Busy
from core.kit.limits import LIMITS, Limits, TooMuch
from gateway.endpoint.incoming import Incoming
from gateway.endpoint.negotiation import JSON, SERVED, negotiate, status_for, wants_events
from gateway.endpoint.reading import BadRequest, NotRun, read
from gateway.errors import masked
from gateway.graphql import (
    Answer,
    Gateway,
    GraphQLRequest,
    RequestContext,
    error_answer,
    refused,
)
from gateway.logs import request_line
from gateway.metrics import Metrics
from gateway.running import ClientGone, within

C = TypeVar("C")
SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")
#: Each answer is its caller's alone, and what it says it is.
ALWAYS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


async def nothing_stored(_caller: object, asked: GraphQLRequest) -> GraphQLRequest:
    """Without a store of documents, a request must bring its text."""
    if asked.query is None:
        message = "No documents are stored here; send the text."
        raise NotRun(400, message, "PERSISTED_QUERY_NOT_FOUND")
    return asked


class GraphQLEndpoint(Generic[C]):
    """Answers each request in one way or another, logs one line of it and counts it."""

    def __init__(
        self,
        *,
        identify: Callable[[Request], Coroutine[Any, Any, C | None]],
        gateway_of: Callable[[C], Gateway],
        context_of: Callable[[C, Request], RequestContext],
        settle: Callable[[C, GraphQLRequest], Coroutine[Any, Any, GraphQLRequest]] = nothing_stored,
        events: Callable[[Request], Awaitable[None]] | None = None,
        metrics: Metrics,
        limits: Limits = LIMITS,
        development: bool = False,
    ) -> None:
        self._identify = identify
        self._gateway_of = gateway_of
        self._context_of = context_of
        self._settle = settle
        #: Answers those who accept a stream of events and nothing else of ours.
        self._events = events
        self._metrics = metrics
        self._limits = limits
        self._development = development
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Incoming(scope, receive, send)
        given = request.headers.get("x-request-id", "")
        request_id = given if SANE_ID.fullmatch(given) else secrets.token_hex(8)
        bound = bind_contextvars(request_id=request_id)
        try:
            if self._events is not None and _is_for_events(request):
                await self._events(request)
                return
            started = time.perf_counter()
            seen: dict[str, Any] = {}
            answer, media = await self._answer(request, seen)
            seconds = time.perf_counter() - started
            try:
                await _send(send, answer, media, request_id)
            finally:
                # Last, so that nobody waits for it.
                self._note(answer, seconds, seen, request_id)
        finally:
            reset_contextvars(**bound)

    async def _answer(self, request: Incoming, seen: dict[str, Any]) -> tuple[Answer, str]:
        media = negotiate(request.headers.get("accept"))
        if media is None:
            message = f"Accept one of: {', '.join(SERVED)}."
            return error_answer(406, message, "BAD_REQUEST"), JSON
        if request.method not in ("GET", "POST"):
            allow = {"Allow": "GET, POST"}
            message = "Send a GraphQL request by POST or GET."
            return error_answer(405, message, "BAD_REQUEST", headers=allow), media
        if self._running >= self._limits.concurrent:
            return _busy(str(Busy())), media
        self._running += 1
        try:
            return await self._answer_in_any_case(request, media, seen), media
        finally:
            self._running -= 1

    async def _answer_in_any_case(
        self, request: Incoming, media: str, seen: dict[str, Any]
    ) -> Answer:
        try:
            answer = await self._ask(request, seen)
        except BadRequest as error:
            return error_answer(error.status, str(error), error.code)
        except TimeoutError:
            message = "It took too long to find out who asks. Try again in a moment."
            return error_answer(504, message, "TIMEOUT", outcome="timeout")
        except Busy as error:
            return _busy(str(error))
        except ClientGone:
            return Answer(499, b"", "gone")  # nobody reads it
        except BaseException as error:
            # A module may raise anything, a stray CancelledError or SystemExit included.
            task = asyncio.current_task()
            ours = isinstance(error, KeyboardInterrupt | GeneratorExit)
            if ours or (task is not None and task.cancelling()):
                raise
            body = orjson.dumps({"errors": [masked(error)]})
            return Answer(500, body, "failed", errors=1)
        if answer.outcome == "anonymous":
            return answer
        status = status_for(media, answer.status)
        return answer if status == answer.status else replace(answer, status=status)

    async def _ask(self, request: Incoming, seen: dict[str, Any]) -> Answer:
        started = time.monotonic()
        caller = await within(self._limits.seconds / 2, self._identify(request))
        if caller is None:
            return error_answer(
                401,
                "Send a valid token as 'Authorization: Bearer ...'.",
                "UNAUTHENTICATED",
                outcome="anonymous",
                headers={"WWW-Authenticate": "Bearer"},
            )
        context = seen["context"] = self._context_of(caller, request)
        try:
            asked = await read(request, self._limits, show_cost=self._development)
        except TooMuch as error:
            return refused([error], "BAD_REQUEST")
        try:
            asked = await within(self._limits.seconds / 2, self._settle(caller, asked))
        except NotRun as error:
            return error_answer(error.status, str(error), error.code)
        bound = bind_contextvars(tenant=str(getattr(context, "tenant", "")))
        try:
            left = self._limits.seconds - (time.monotonic() - started)
            return await self._gateway_of(caller).answer(
                asked, context, partial(_gone, request), left
            )
        finally:
            reset_contextvars(**bound)

    def _note(self, answer: Answer, seconds: float, seen: dict[str, Any], request_id: str) -> None:
        context = seen.get("context")
        statements = getattr(context, "statements", 0)
        self._metrics.of_outcome(answer.outcome).inc()
        self._metrics.seconds.observe(seconds)
        self._metrics.statements.inc(statements)
        if answer.way is not None:
            self._metrics.of_way(answer.way).inc()
        for field in answer.set_aside:
            self._metrics.set_aside.labels(field).inc()
        if answer.limit is not None:
            self._metrics.refused.labels(answer.limit.partition(" of ")[0]).inc()
        request_line(
            {
                "request_id": request_id,
                "tenant": str(getattr(context, "tenant", "")) or None,
                "operation": answer.operation,
                "outcome": answer.outcome,
                "way": answer.way,
                "status": answer.status,
                "ms": round(seconds * 1000, 2),
                "statements": statements,
                "errors": answer.errors,
            }
        )


def _is_for_events(request: Request) -> bool:
    return request.method in ("GET", "POST") and wants_events(request.headers.get("accept"))


async def _send(send: Send, answer: Answer, media: str, request_id: str) -> None:
    headers = [
        (b"content-type", f"{media}; charset=utf-8".encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"x-request-id", request_id.encode()),
        *ALWAYS,
        *((name.lower().encode(), value.encode()) for name, value in answer.headers.items()),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _busy(message: str) -> Answer:
    wait = {"Retry-After": "1"}
    return error_answer(503, message, "THROTTLED", outcome="shed", headers=wait)


async def _gone(request: Request) -> None:
    """Return when the client has closed its connection. The body has been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
