"""The one way to read: SQL text on a raw asyncpg connection that sees one tenant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """Remembers for which tenant row-level security is set, to set it only when it changes."""

    __slots__ = ("settings",)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.settings: tuple[UUID, bool] | None = None


class Database:
    """A pool whose connections see one tenant at a time.

    The tenant is a session setting, compared at each checkout: a connection that served the
    same tenant last needs no extra round trip. Nothing but this class may write to it, which
    is why raw connections are never handed out.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.statements = 0

    @classmethod
    @asynccontextmanager
    async def open(
        cls, dsn: str, *, size: int = 8, statement_timeout_s: float = 10
    ) -> AsyncIterator[Database]:
        """Connect as the application role; refuse a role that row-level security doesn't bind."""
        async with asyncpg.create_pool(
            dsn,
            min_size=min(size, 2),
            max_size=size,
            connection_class=_Connection,
            statement_cache_size=512,
            init=_learn_nesting,
            reset=_keep_settings,
            command_timeout=statement_timeout_s + 2,
            server_settings={
                "timezone": "UTC",
                "jit": "off",
                "statement_timeout": str(int(statement_timeout_s * 1000)),
                "application_name": "fieldgate",
            },
        ) as pool:
            await _refuse_powerful(pool)
            yield cls(pool)

    async def fetch(
        self, tenant: UUID, text: str, values: Sequence[Any], *, replan: bool = False
    ) -> list[asyncpg.Record]:
        """Run one statement. *replan* lets PostgreSQL plan for these very values."""
        async with self._pool.acquire() as connection:
            await self._enter(connection, tenant, replan)
            rows: list[asyncpg.Record] = await connection.fetch(text, *values)
            return rows

    async def ping(self) -> None:
        async with self._pool.acquire() as connection:
            await connection.fetchval("select 1")

    async def _enter(self, proxy: Any, tenant: UUID, replan: bool) -> None:
        self.statements += 1
        connection: _Connection = proxy._con
        if connection.settings == (tenant, replan):
            return
        connection.settings = None  # stays so when the next line fails or is cancelled
        await connection.fetchval(
            "select set_config('app.tenant', $1, false), set_config('plan_cache_mode', $2, false)",
            str(tenant),
            "force_custom_plan" if replan else "auto",
        )
        connection.settings = (tenant, replan)


async def _refuse_powerful(pool: asyncpg.Pool) -> None:
    powerful = await pool.fetchval(
        "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
    )
    if powerful:
        raise RuntimeError(
            "The database role of the gateway is a superuser or may bypass row-level security. "
            "Serve with the application role that 'fieldgate migrate' creates."
        )


async def _keep_settings(_connection: asyncpg.Connection) -> None:
    """Replace asyncpg's reset, a round trip at each release; ``_enter`` checks instead."""


async def _learn_nesting(connection: asyncpg.Connection) -> None:
    """Make asyncpg read arrays inside a record: of records and of numbers it only can once it has
    met the type."""
    await connection.fetchval("select array[row(1)], array[1]")
