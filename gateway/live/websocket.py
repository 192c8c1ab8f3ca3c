"""graphql-transport-ws: the protocol of that name, as its public description says."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from core.kit.limits import TooMuch
from gateway.endpoint.reading import BadRequest, object_in, request_of
from gateway.errors import formatted, request_errors
from gateway.graphql import GraphQLRequest
from gateway.live.limits import Full
from gateway.live.stream import SignedOut, Stream

if TYPE_CHECKING:
    from gateway.live.door import Live

log = structlog.get_logger("fieldgate.live")
PROTOCOL = "graphql-transport-ws"
#: The longest reason that a close frame carries.
REASON_BYTES = 120
NOT_SPOKEN = "Subprotocol not acceptable"


class Ended(Exception):
    """The connection ends with this code; None: the client has gone."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Connection:
    """One WebSocket, and the operations on it."""

    def __init__(self, live: Live, websocket: WebSocket) -> None:
        self._live, self._limits = live, live.limits
        self._websocket = websocket
        self._token = ""
        self._acknowledged = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._sending = asyncio.Lock()
        self._counted = AsyncExitStack()
        self._end: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        if not self._may_connect():
            await self._websocket.close(4403)  # before it is accepted: HTTP's 403
            return
        fits = PROTOCOL in self._websocket.scope["subprotocols"]
        await self._websocket.accept(PROTOCOL if fits else None)
        try:
            with self._live.opened(self, "websocket"):
                async with self._counted:
                    ended = await self._serve() if fits else Ended(4406, NOT_SPOKEN)
                    await self._close(ended)
        except Full:
            await self._close(Ended(1013, "Too many connections"))

    def leave(self) -> None:
        self.end(1001, "Going away")

    def end(self, code: int | None, reason: str = "") -> None:
        if not self._end.done():
            self._end.set_result(Ended(code, reason))

    def _may_connect(self) -> bool:
        """Whether it comes from no page, or from one of our own."""
        origin = self._websocket.headers.get("origin")
        own = self._websocket.headers.get("host", "")
        return origin is None or origin == self._live.origin or urlsplit(origin).netloc == own

    async def _serve(self) -> Ended:
        tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._guard())]
        try:
            return await asyncio.shield(self._end)
        finally:
            await self._stop([*tasks, *self._operations.values()])

    async def _stop(self, tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _close(self, ended: Ended) -> None:
        log.info("connection closed", transport="websocket", code=ended.code, reason=ended.reason)
        if ended.code is None:
            return
        reason = ended.reason.encode()[:REASON_BYTES].decode(errors="ignore")
        with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
            async with asyncio.timeout(self._limits.farewell_seconds):
                await self._websocket.close(ended.code, reason)

    # --- what the client says ---------------------------------------------------------------

    async def _read(self) -> None:
        begins = asyncio.get_running_loop().time() + self._limits.init_seconds
        try:
            while True:
                # Only the client is waited for: to find out who it is may take a moment.
                ends = None if self._acknowledged else begins
                try:
                    async with asyncio.timeout_at(ends):
                        message = await self._receive()
                except TimeoutError:
                    raise Ended(4408, "Connection initialisation timeout") from None
                await self._hear(message)
        except Ended as ended:
            self.end(ended.code, ended.reason)

    async def _receive(self) -> dict[str, Any]:
        message = await self._websocket.receive()
        if message["type"] != "websocket.receive":
            raise Ended(None)
        text = message.get("text")
        if text is None:
            raise Ended(4400, "Messages are text")
        if len(text) > self._live.requests.body_bytes:
            raise Ended(1009, "The message is too long")
        try:
            found: dict[str, Any] = object_in(text.encode(), "The message")
        except BadRequest as error:
            raise Ended(4400, str(error)) from None
        return found

    async def _hear(self, message: dict[str, Any]) -> None:
        type_ = message.get("type")
        if type_ == "connection_init":
            await self._begin(message.get("payload"))
        elif type_ == "ping":
            await self._say({"type": "pong"})
        elif type_ == "subscribe":
            await self._subscribe(message)
        elif type_ == "complete":
            if (task := self._operations.pop(str(message.get("id")), None)) is not None:
                task.cancel()
        elif type_ != "pong":
            raise Ended(4400, "Unknown type of message")

    async def _begin(self, payload: Any) -> None:
        if self._acknowledged:
            raise Ended(4429, "Too many initialisation requests")
        self._token = _token(payload, self._websocket.headers.get("authorization", ""))
        try:
            caller = await self._live.identify(self._token)
        except BadRequest as error:
            raise Ended(1013, str(error)) from None
        if caller is None:
            raise Ended(4403, "Forbidden")
        try:
            await self._counted.enter_async_context(self._live.held_by(self._token, caller))
        except Full:
            raise Ended(1013, "Too many connections") from None
        self._acknowledged = True
        await self._say({"type": "connection_ack"})

    async def _subscribe(self, message: dict[str, Any]) -> None:
        if not self._acknowledged:
            raise Ended(4401, "Unauthorized")
        key, payload = message.get("id"), message.get("payload")
        if not isinstance(key, str) or not 0 < len(key) <= self._limits.id_characters:
            raise Ended(4400, f"An id is a text of 1 to {self._limits.id_characters} characters")
        if key in self._operations:
            raise Ended(4409, f"Subscriber for {key} already exists")
        if not isinstance(payload, dict):
            raise Ended(4400, "The payload of subscribe is an object")
        try:
            asked = request_of(payload, self._live.requests, live=True)
        except BadRequest as error:
            raise Ended(4400, str(error)) from None
        except TooMuch as error:
            await self._refuse(key, request_errors([error], "BAD_USER_INPUT"))
            return
        if len(self._operations) >= self._limits.operations:
            most = f"{self._limits.operations} operations are allowed at a time on a connection."
            await self._refuse(key, [formatted(most, "THROTTLED")])
            return
        self._operations[key] = asyncio.create_task(self._run(key, asked))

    # --- what is said to it -----------------------------------------------------------------

    async def _run(self, key: str, asked: GraphQLRequest) -> None:
        stream = Stream(self._live, self._token, asked)
        self._live.metrics.live_operations.inc()
        try:
            await self._answer(key, stream)
        except SignedOut:
            stream.outcome = "signed out"
            self.end(4401, "Unauthorized")
        except Ended as ended:
            stream.outcome = "gone" if ended.code is None else "slow"
            self.end(ended.code, ended.reason)
        except asyncio.CancelledError:
            stream.outcome = "stopped"
            if self._end.done() and self._end.result().code == 1001:
                with suppress(Ended):
                    await self._say({"id": key, "type": "complete"})
            raise
        finally:
            self._live.metrics.live_operations.dec()
            self._live.note(stream, "websocket")

    async def _answer(self, key: str, stream: Stream) -> None:
        async for answer in stream.answers():
            if answer.status != 200:
                stream.outcome = "refused"
                self._operations.pop(key, None)
                await self._refuse(key, orjson.loads(answer.body)["errors"])
                return
            payload = orjson.Fragment(answer.body)
            await self._say({"id": key, "type": "next", "payload": payload})
        self._operations.pop(key, None)  # before it is said: the id may be used again
        await self._say({"id": key, "type": "complete"})

    async def _refuse(self, key: str, errors: list[Any]) -> None:
        await self._say({"id": key, "type": "error", "payload": errors})

    async def _say(self, message: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(self._limits.slow_seconds), self._sending:
                await self._websocket.send_text(orjson.dumps(message).decode())
        except TimeoutError:
            raise Ended(1013, "Too slow") from None
        except (WebSocketDisconnect, RuntimeError):
            raise Ended(None) from None

    async def _guard(self) -> None:
        """End the connection once its token is no longer good, also if nothing is watched."""
        bell = self._live.hub.bell()
        try:
            while True:
                bell.hush()
                if self._acknowledged:
                    with suppress(BadRequest):  # the database is away: nothing is shown meanwhile
                        caller = await self._live.identify(self._token)
                        if caller is None:
                            self.end(4401, "Unauthorized")
                            return
                        bell.listen(caller.tenant, self._live.always)
                await bell.wait(self._live.patience if bell.heard else 1)
        finally:
            bell.take_down()


def _token(payload: Any, header: str) -> str:
    """What the client shows: in the payload of its first message, or as a header."""
    if payload is not None and not isinstance(payload, dict):
        raise Ended(4400, "The payload of connection_init is an object")
    shown = {str(name).lower(): value for name, value in (payload or {}).items()}
    given = shown.get("authorization", header)
    if not isinstance(given, str):
        raise Ended(4400, "The authorization is a text")
    scheme, _, token = given.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
