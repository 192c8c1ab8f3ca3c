"""Whoever watches: over a WebSocket or a stream of events, at a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from core.kit.ids import global_id
from core.tenancy.models import Role, User, UserRole
from core.tenancy.services.tokens import LIFETIME, issue_token
from tests.cast import Tenant

PATIENCE_SECONDS = 60
PROTOCOL = Subprotocol("graphql-transport-ws")


@asynccontextmanager
async def server(app: Starlette) -> AsyncIterator[str]:
    """*app* at ``host:port``, opened and closed with it."""
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="on", log_level="critical")
    running = uvicorn.Server(config)
    task = asyncio.create_task(running._serve())  # not serve(): pytest keeps its signals
    while not running.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    try:
        yield f"127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    finally:
        running.should_exit = True
        await task


@dataclass
class Watcher:
    """A client of graphql-transport-ws."""

    socket: ClientConnection
    waiting: dict[str, list[Any]] = field(default_factory=dict)

    async def say(self, **message: Any) -> None:
        await self.socket.send(orjson.dumps(message).decode())

    async def hear(self) -> Any:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return orjson.loads(await self.socket.recv())

    async def watch(self, query: str, key: str = "1", /, **variables: Any) -> None:
        payload = {"query": query, "variables": variables}
        await self.say(id=key, type="subscribe", payload=payload)

    async def next(self, key: str = "1") -> Any:
        """What an operation is answered with next: its data, or what else is said of it."""
        while not self.waiting.get(key):
            message = await self.hear()
            self.waiting.setdefault(message.get("id", ""), []).append(message)
        message = self.waiting[key].pop(0)
        if message["type"] == "next":
            payload = message["payload"]
            return payload["data"] if "errors" not in payload else payload
        return message["type"] if message["type"] == "complete" else message["payload"]

    async def rest(self, key: str = "1") -> list[Any]:
        """All that an operation is answered with until it is complete."""
        found: list[Any] = []
        while (said := await self.next(key)) != "complete":
            found.append(said)
        return found

    async def _hear_to_the_end(self) -> None:
        while True:
            await self.hear()

    async def code(self) -> tuple[int, str]:
        """How the server ends the connection."""
        with pytest.raises(ConnectionClosed) as closed:
            await self._hear_to_the_end()
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code, closed.value.rcvd.reason


async def token_of(
    tenant: Tenant, name: str = "Ada", *permissions: str, lifetime: timedelta = LIFETIME
) -> tuple[str, str]:
    """A token, and the id, of a new user with these permissions, or all."""
    async with tenant.session() as session:
        user = User(login=f"{name}@{tenant.slug}", name=name)
        role = Role(name=name, permissions=list(permissions or ("*",)))
        session.add_all([user, role])
        await session.flush()
        session.add(UserRole(user_id=user.id, role_id=role.id))
        issued = await issue_token(session, user.id, lifetime)
    return issued.token, global_id("user", user.id)


@asynccontextmanager
async def watcher(
    host: str, token: str | None, *, header: bool = False, **options: Any
) -> AsyncIterator[Watcher]:
    """Somebody who has connected, and said who they are unless *token* is None."""
    given = {"subprotocols": [PROTOCOL], "compression": None, **options}
    if header:
        given["additional_headers"] = {"Authorization": f"Bearer {token}"}
    async with connect(f"ws://{host}/graphql", **given) as socket:
        made = Watcher(socket)
        if token is not None:
            payload = {} if header else {"Authorization": f"Bearer {token}"}
            await made.say(type="connection_init", payload=payload)
            assert await made.hear() == {"type": "connection_ack"}
        yield made


@asynccontextmanager
async def events(
    host: str, token: str, query: str, **variables: Any
) -> AsyncIterator[AsyncIterator[Any]]:
    """What a stream of events says: each answer, then ``complete``."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    body = {"query": query, "variables": variables}
    async with (
        httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client,
        client.stream("POST", f"http://{host}/graphql", json=body, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield _said(answer)


async def _said(answer: httpx.Response) -> AsyncIterator[Any]:
    event = ""
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            event = line.removeprefix("event: ")
        elif line.startswith("data:") and event == "next":
            yield orjson.loads(line.removeprefix("data: "))
        elif line.startswith("data:"):
            yield event


async def until(host: str, figure: str) -> None:
    """Wait for a figure of the process."""
    async with httpx.AsyncClient() as client, asyncio.timeout(60):
        while figure not in (await client.get(f"http://{host}/metrics")).text:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
