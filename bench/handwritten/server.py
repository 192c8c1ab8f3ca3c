"""The server: ``POST /<operation>`` with ``{"arguments": [tenant, ...]}``, without any checks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.handwritten.sql import STATEMENTS
from core.kit.settings import Settings, asyncpg_dsn


def create_app(settings: Settings, pool_size: int) -> Starlette:
    pool: Any = None

    @asynccontextmanager
    async def open_pool(_app: Starlette) -> AsyncIterator[None]:
        nonlocal pool
        async with asyncpg.create_pool(
            asyncpg_dsn(settings.owner_database_url),
            min_size=2,
            max_size=pool_size,
            # Nothing is left on a connection that asyncpg would have to clear away.
            reset=_nothing,
            server_settings={"jit": "off", "timezone": "UTC"},
        ) as pool:
            yield

    async def answer(request: Request) -> Response:
        arguments = orjson.loads(await request.body())["arguments"]
        statement = STATEMENTS[request.path_params["operation"]]
        async with pool.acquire() as connection:
            text = await connection.fetchval(statement, *arguments)
        return Response(text, media_type="application/json")

    return Starlette(routes=[Route("/{operation}", answer, methods=["POST"])], lifespan=open_pool)


async def _nothing(_connection: Any) -> None:
    pass
