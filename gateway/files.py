"""Beside the API: ``PUT /uploads/…`` takes an announced file, ``GET /files/…`` gives one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Uuid, bindparam, select
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from core.files import services
from core.files.handlers import remove_bytes
from core.files.links import Link, Purpose, read
from core.files.models import File
from core.files.store import Incoming, Kept, Store, disposition
from core.kit.db import Statement, owned
from core.kit.errors import Busy, Refused
from core.kit.events import Listeners
from core.kit.ids import global_id
from core.kit.pool import Database
from core.kit.session import Actor, Channel, Sessions
from core.kit.settings import Settings
from gateway.endpoint.reading import BadRequest
from gateway.errors import formatted, masked
from gateway.running import ClientGone

#: What is written at once: the event loop hands it to a thread.
PIECE = 512 * 1024
#: 100 MB over a poor line take a while; without a byte for half a minute, nobody is there.
SECONDS, SILENCE_SECONDS = 1800, 30
#: How many files a process takes at a time.
AT_ONCE = 16
STATUS = {"NOT_FOUND": 404, "ALREADY_UPLOADED": 409}
REMOVED = "An older file with the same bytes was being removed. Send it again in a moment."
GONE = "The link is over, or was never good. Ask for another."
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
}
#: No event is told when a file arrives.
NO_LISTENERS = Listeners()

_table: Any = File.__table__
_FILE = Statement(
    select(_table.c.filename, _table.c.content_type, _table.c.sha256, _table.c.has_thumbnail).where(
        owned(_table), _table.c.id == bindparam("key", type_=Uuid)
    )
)


class Files:
    def __init__(self, settings: Settings, db: Database, sessions: Sessions) -> None:
        self._settings, self._db, self._sessions = settings, db, sessions
        self._store = Store.of(settings)
        self._places = asyncio.Semaphore(AT_ONCE)
        #: One picture at a time: a large one takes 200 MB while it is made small.
        self._drawing = asyncio.Lock()

    async def put(self, request: Request) -> Response:
        link = self._link(request, Purpose.UPLOAD)
        if self._places.locked():
            raise BadRequest(503, "Too many files are coming. Try again in a moment.", "THROTTLED")
        async with self._places, asyncio.timeout(SECONDS):
            async with self._session(link.tenant) as session:
                upload = await services.open_upload(session, link.key)
            incoming = await asyncio.to_thread(
                Incoming, self._store, link.tenant, upload.content_type
            )
            try:
                return await self._receive(request, link, upload, incoming)
            finally:
                await asyncio.to_thread(incoming.close)

    async def get(self, request: Request) -> Response:
        link = self._link(request, Purpose.DOWNLOAD, Purpose.THUMBNAIL)
        given = {**_FILE.constants, "tenant": link.tenant, "key": link.key}
        rows = await self._db.fetch(link.tenant, _FILE.text, [given[n] for n in _FILE.names])
        if not rows:
            raise BadRequest(404, GONE, "NOT_FOUND")
        small = link.purpose is Purpose.THUMBNAIL
        kept = Kept(link.tenant, rows[0]["sha256"], small)
        left = max(0, int((link.expires_at - datetime.now(UTC)).total_seconds()))
        name = "thumbnail.webp" if small else rows[0]["filename"]
        type_ = "image/webp" if small else rows[0]["content_type"]
        elsewhere = await asyncio.to_thread(self._store.link, kept, name, type_, left)
        if elsewhere is not None:
            return RedirectResponse(elsewhere, 307, {**HEADERS, "Cache-Control": "no-store"})
        headers = {
            **HEADERS,
            "Cache-Control": f"private, max-age={left}",
            "Content-Disposition": disposition(name),
        }
        try:
            with self._store.read(kept) as path:  # of a folder: where it stays
                return FileResponse(path, 200, headers, type_)
        except FileNotFoundError:
            raise BadRequest(404, GONE, "NOT_FOUND") from None

    async def _receive(
        self, request: Request, link: Link, upload: Any, incoming: Incoming
    ) -> Response:
        await _stream(request, incoming, upload.size)
        if incoming.size != upload.size:
            message = f"{incoming.size} bytes came; {upload.size} were announced."
            raise BadRequest(400, message, "SIZE_MISMATCH")
        if not await asyncio.to_thread(incoming.is_of_its_type):
            message = f"What came is not a file of the type {upload.content_type}."
            raise BadRequest(415, message, "FILE_TYPE_MISMATCH")
        async with self._drawing:
            small = await asyncio.to_thread(incoming.draw)
        came = services.Received(link.key, incoming.size, incoming.sha256, small)
        return _json(201, {"file": _shown(await self._keep(link, upload, incoming, came))})

    async def _keep(
        self, link: Link, upload: Any, incoming: Incoming, came: services.Received
    ) -> File:
        """Put the bytes away, while no connection of the database waits for them; then say so."""
        await asyncio.to_thread(incoming.keep)
        file = None
        try:
            async with self._session(link.tenant, upload.announced_by) as session:
                await services.lock_bytes(session, came.sha256)
                if not await asyncio.to_thread(incoming.is_kept):
                    raise BadRequest(503, REMOVED, "THROTTLED")
                file = await services.receive(session, came)
        finally:
            if file is None:  # nobody would ever remove what no file holds
                async with self._session(link.tenant) as session:
                    await remove_bytes(session, self._store, came.sha256)
        return file

    def _link(self, request: Request, *purposes: Purpose) -> Link:
        found = read(self._settings.secret, request.path_params["token"], datetime.now(UTC))
        if found is None or found.purpose not in purposes:
            raise BadRequest(404, GONE, "NOT_FOUND")
        return found

    @asynccontextmanager
    async def _session(self, tenant: UUID, user: UUID | None = None) -> Any:
        name = "upload" if user is None else global_id("user", user)
        actor = Actor(tenant, user, Channel.UI, name)
        async with self._sessions.begin(actor, NO_LISTENERS) as session:
            yield session


def file_routes(files: Callable[[], Files]) -> list[Route]:
    """The routes. *files* is asked at each request: what it needs opens with the application."""

    async def put(request: Request) -> Response:
        return await _answered(files().put, request)

    async def get(request: Request) -> Response:
        return await _answered(files().get, request)

    return [
        Route("/uploads/{token}", put, methods=["PUT"]),
        Route("/files/{token}", get, methods=["GET"]),
    ]


async def _stream(request: Request, incoming: Incoming, size: int) -> None:
    """Write what comes to the disk, and stop when it is more than was announced."""
    waiting, pieces = bytearray(), request.stream().__aiter__()
    try:
        while True:
            async with asyncio.timeout(SILENCE_SECONDS):
                piece = await anext(pieces, None)
            if piece is not None:
                waiting += piece
            if incoming.size + len(waiting) > size:
                message = f"More than the {size} bytes came that were announced."
                raise BadRequest(413, message, "FILE_TOO_LARGE")
            if len(waiting) >= PIECE or piece is None:
                await asyncio.to_thread(partial(incoming.write, bytes(waiting)))
                waiting.clear()
            if piece is None:
                return
    except ClientDisconnect:
        raise ClientGone from None


async def _answered(
    handler: Callable[[Request], Awaitable[Response]], request: Request
) -> Response:
    """The outermost layer: every request has an answer."""
    try:
        return await handler(request)
    except BadRequest as error:
        return _error(error.status, str(error), error.code)
    except Refused as error:
        return _error(STATUS.get(error.reason, 400), error.message, error.reason)
    except Busy as error:
        return _error(503, str(error), error.code)
    except ClientGone:
        return Response(status_code=499)  # nobody reads it
    except TimeoutError:
        return _error(408, "The file came too slowly.", "TIMEOUT")
    except Exception as error:
        return _json(500, {"errors": [masked(error)]})


def _shown(file: File) -> dict[str, Any]:
    return {
        "id": global_id("file", file.id),
        "filename": file.filename,
        "contentType": file.content_type,
        "size": file.size,
        "sha256": file.sha256,
    }


def _error(status: int, message: str, code: str) -> Response:
    # The rest of the body is not read: the connection can't be used again.
    return _json(status, {"errors": [formatted(message, code)]}, {"Connection": "close"})


def _json(status: int, content: object, more: dict[str, str] | None = None) -> Response:
    headers = {**HEADERS, "Cache-Control": "no-store", **(more or {})}
    return Response(orjson.dumps(content), status, headers, "application/json; charset=utf-8")
