"""What works without a caller: the tenants, their modules, and transactions for jobs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from core.kit.errors import GatewayError, ModuleError
from core.kit.modules import Modules
from core.kit.outside import Outside
from core.kit.pool import SERVER_SETTINGS
from core.kit.session import Sessions
from core.kit.settings import Settings, get_settings, sqlalchemy_url
from core.tenancy.models import Tenant as TenantRow
from gateway.errors import masked, timed_out
from gateway.modules import load_modules
from gateway.running import run

log = structlog.get_logger(__name__)
#: No statement of a job takes longer than this.
STATEMENT_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant as jobs see it."""

    id: UUID
    slug: str
    time_zone: ZoneInfo
    modules: Modules


_COLUMNS = (TenantRow.id, TenantRow.slug, TenantRow.time_zone, TenantRow.modules)


class Backstage:
    """One process's way to work for any tenant, always one at a time."""

    def __init__(
        self,
        engine: AsyncEngine,
        modules: Modules,
        on_outbox: Callable[[UUID], None] = lambda tenant: None,
        on_topics: Callable[[UUID, Collection[str]], None] = lambda tenant, topics: None,
        settings: Settings | None = None,
    ) -> None:
        self._engine = engine
        self._modules = modules
        self.settings = settings or get_settings()
        self.outside = Outside(self.settings.redis_url)
        self.sessions = Sessions(engine, on_outbox, on_topics)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: Settings,
        modules: Modules | None = None,
        on_outbox: Callable[[UUID], None] = lambda tenant: None,
        on_topics: Callable[[UUID, Collection[str]], None] = lambda tenant, topics: None,
    ) -> AsyncIterator[Backstage]:
        engine = _engine(settings)
        backstage = cls(engine, modules or load_modules(), on_outbox, on_topics, settings)
        try:
            await _refuse_powerful(engine)
            yield backstage
        finally:
            await backstage.outside.close()
            await engine.dispose()

    @asynccontextmanager
    async def one_connection(self) -> AsyncIterator[Sessions]:
        """Sessions one after the other on a connection that is held meanwhile."""
        async with self._engine.connect() as connection:
            yield self.sessions.on(connection)

    async def tenants(self) -> list[Tenant]:
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(*_COLUMNS).order_by(TenantRow.id))
        return [tenant for row in rows if (tenant := self._tenant(row)) is not None]

    async def tenant(self, key: UUID | str) -> Tenant | None:
        """The tenant with this id or slug."""
        column = TenantRow.id if isinstance(key, UUID) else TenantRow.slug
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(*_COLUMNS).where(column == key))
        row = rows.one_or_none()
        return None if row is None else self._tenant(row)

    async def with_jobs(self) -> list[UUID]:
        """The tenants of which a worker could take a job now."""
        async with self._engine.connect() as connection:
            return list(await connection.scalars(text("select core_job_waiting()")))

    async def waiting(self) -> list[UUID]:
        """The tenants whose outbox has something to deliver now."""
        async with self._engine.connect() as connection:
            return list(await connection.scalars(text("select core_outbox_waiting()")))

    async def mailing(self) -> list[UUID]:
        """The tenants that have mails to send now."""
        async with self._engine.connect() as connection:
            return list(await connection.scalars(text("select core_mail_waiting()")))

    def _tenant(self, row: Any) -> Tenant | None:
        """None, and a line in the log, if its settings don't fit: the others' nights go on."""
        try:
            zone, modules = ZoneInfo(row.time_zone), self._modules.only(row.modules)
        except (ZoneInfoNotFoundError, ValueError, ModuleError) as error:
            log.error("a tenant's settings do not fit", tenant=row.slug, error=str(error))
            return None
        return Tenant(row.id, row.slug, zone, modules)


async def failure(work: Coroutine[Any, Any, None], seconds: float, **about: object) -> str | None:
    """Do a module's *work*, and say in words for its tenant why it failed, if it did."""
    # Gathered, because a stray cancellation of the module's must not look like one of ours.
    (error,) = await asyncio.gather(run(work, seconds), return_exceptions=True)
    if error is None:
        return None
    if isinstance(error, GatewayError):
        return str(error)
    if timed_out(error):
        return f"It took over {seconds:g} seconds and was stopped."
    return str(masked(error, **about)["message"])


def _engine(settings: Settings) -> AsyncEngine:
    return create_async_engine(
        sqlalchemy_url(settings.app_database_url, "asyncpg"),
        pool_size=2,
        max_overflow=2,
        pool_pre_ping=True,  # a database that was away has left broken connections
        connect_args={
            "server_settings": {
                **SERVER_SETTINGS,
                "statement_timeout": str(STATEMENT_SECONDS * 1000),
                "application_name": "fieldgate worker",
            },
        },
    )


async def _refuse_powerful(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        powerful = await connection.scalar(
            text("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
        )
    if powerful:
        raise RuntimeError("The database role of the workers may bypass row-level security.")
