"""The server: Strawberry's own view, one engine, loaders per request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from starlette.applications import Starlette
from strawberry.asgi import GraphQL

from bench.idiomatic.loaders import Loaders
from bench.idiomatic.overview import schema
from core.kit.settings import Settings, sqlalchemy_url


def create_app(settings: Settings, pool_size: int) -> Starlette:
    engine = create_async_engine(
        sqlalchemy_url(settings.owner_database_url, "asyncpg"),
        pool_size=pool_size,
        max_overflow=0,
        connect_args={"server_settings": {"jit": "off", "timezone": "UTC"}},
    )
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    class View(GraphQL[Loaders, None]):
        async def get_context(self, request: Any, response: Any) -> Loaders:
            return Loaders(sessions, UUID(request.headers["x-tenant"]))

    @asynccontextmanager
    async def close_at_end(_app: Starlette) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    app = Starlette(lifespan=close_at_end)
    app.mount("/graphql", View(schema))
    return app
