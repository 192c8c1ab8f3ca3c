"""Sends files to the real application, as a client would: announced by the API, then put."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import httpx
from PIL import Image

from core.kit.settings import Settings
from gateway.app import create_app
from tests.cast import Tenant

PDF = b"%PDF-1.7\nhello"
PDF_TYPE = "application/pdf"


@dataclass
class Desk:
    http: httpx.AsyncClient

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator[Desk]:
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
                yield cls(http)

    async def announce(
        self, tenant: Tenant, name: str = "offer.pdf", type_: str = PDF_TYPE, size: int = len(PDF)
    ) -> str:
        """The address to send a file to."""
        given = {"filename": name, "contentType": type_, "size": size}
        made = await tenant.do("uploadCreate", "url token expiresAt", **given)
        assert made["url"] == f"/uploads/{made['token']}"
        return str(made["url"])

    async def put(
        self, tenant: Tenant, name: str, type_: str, content: bytes, size: int | None = None
    ) -> httpx.Response:
        url = await self.announce(tenant, name, type_, len(content) if size is None else size)
        return await self.http.put(url, content=content)

    async def send(
        self,
        tenant: Tenant,
        name: str = "offer.pdf",
        type_: str = PDF_TYPE,
        content: bytes = PDF,
    ) -> str:
        """The id of a file that was sent and taken."""
        answer = await self.put(tenant, name, type_, content)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["file"]["id"])


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


def picture(format_: str = "PNG", size: tuple[int, int] = (800, 400), **options: Any) -> bytes:
    made = BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(made, format_, **options)
    return made.getvalue()
