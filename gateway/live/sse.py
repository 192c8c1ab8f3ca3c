"""GraphQL over server-sent events, one operation per connection (graphql-sse, distinct mode)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response

from core.kit.limits import TooMuch
from gateway.auth import bearer
from gateway.endpoint.negotiation import JSON
from gateway.endpoint.reading import BadRequest, read
from gateway.errors import formatted
from gateway.graphql import refused
from gateway.live.limits import Full
from gateway.live.stream import SignedOut, Stream
from gateway.running import ClientGone

if TYPE_CHECKING:
    from gateway.live.door import Live

log = structlog.get_logger("fieldgate.live")
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # Or nginx keeps what is said until it has a page of it.
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]
COMPLETE = b"event: complete\ndata:\n\n"
ALIVE = b":\n\n"


class Events:
    """One request, and the events that answer it."""

    def __init__(self, live: Live, request: Request) -> None:
        self._live, self._limits = live, live.limits
        self._request = request
        self._send: Any = request._send
        self._leaving = asyncio.Event()
        self._sending = asyncio.Lock()

    async def run(self) -> None:
        try:
            await self._answer()
        except BadRequest as error:
            await self._say_no(error.status, str(error), error.code)
        except TimeoutError:
            await self._say_no(504, "It took too long to find out who asks.", "TIMEOUT")
        except (ClientGone, OSError):
            log.info("connection closed", transport="events", code=None)

    def leave(self) -> None:
        self._leaving.set()

    async def _answer(self) -> None:
        live, token = self._live, bearer(self._request)
        async with asyncio.timeout(live.requests.seconds / 2):
            caller = await live.identify(token)
        if caller is None:
            message = "Send a valid token as 'Authorization: Bearer ...'."
            raise BadRequest(401, message, "UNAUTHENTICATED")
        try:
            asked = await read(self._request, live.requests, live=True)
        except TooMuch as error:
            answer = refused([error], "BAD_REQUEST")
            await self._respond(Response(answer.body, answer.status, None, JSON))
            return
        try:
            with live.opened(self, "events"):
                async with live.held_by(token, caller):
                    await self._stream(Stream(live, token, asked))
        except Full:
            raise BadRequest(429, "There are too many connections already.", "THROTTLED") from None

    async def _stream(self, stream: Stream) -> None:
        await self._send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        work = [self._produce(stream), self._stay_alive(), self._gone(), self._leaving.wait()]
        tasks = [asyncio.create_task(each) for each in work]
        self._live.metrics.live_operations.inc()
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if not tasks[2].done() and stream.outcome != "slow":
                await _cancel(tasks)
                await self._write(COMPLETE, last=True)
            elif tasks[2].done():
                stream.outcome = "gone"
        except TimeoutError:
            stream.outcome = "slow"
        finally:
            await _cancel(tasks)
            self._live.metrics.live_operations.dec()
            self._live.note(stream, "events")

    async def _produce(self, stream: Stream) -> None:
        try:
            async for answer in stream.answers():
                stream.outcome = "ended" if answer.status == 200 else "refused"
                await self._write(_next(answer.body))
        except SignedOut:
            stream.outcome = "signed out"
            error = formatted("The token is no longer valid.", "UNAUTHENTICATED")
            await self._write(_next(orjson.dumps({"errors": [error]})))
        except TimeoutError:
            stream.outcome = "slow"

    async def _stay_alive(self) -> None:
        with suppress(TimeoutError):  # then what is produced waits for too long as well
            while True:
                await self._write(ALIVE)
                await asyncio.sleep(self._limits.alive_seconds)

    async def _gone(self) -> None:
        while (await self._request.receive())["type"] != "http.disconnect":
            pass

    async def _write(self, body: bytes, *, last: bool = False) -> None:
        async with asyncio.timeout(self._limits.slow_seconds), self._sending:
            await self._send({"type": "http.response.body", "body": body, "more_body": not last})

    async def _say_no(self, status: int, message: str, code: str) -> None:
        headers = {"Cache-Control": "no-store"}
        if status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        body = orjson.dumps({"errors": [formatted(message, code)]})
        await self._respond(Response(body, status, headers, JSON))

    async def _respond(self, response: Response) -> None:
        await response(self._request.scope, self._request.receive, self._send)


def _next(body: bytes) -> bytes:
    return b"event: next\ndata: " + body + b"\n\n"


async def _cancel(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
