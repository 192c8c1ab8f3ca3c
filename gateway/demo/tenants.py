"""A demo tenant and who may log in to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, create_engine, select
from sqlalchemy.ext.asyncio import create_async_engine

from core.contacts.models import Contact
from core.kit.ids import global_id
from core.kit.modules import CORE, Modules
from core.kit.pool import PENDING_KB, SERVER_SETTINGS
from core.kit.session import Actor, Sessions, TenantSession
from core.kit.settings import Settings, sqlalchemy_url
from core.tenancy.models import Tenant, User
from core.tenancy.passwords import PASSWORDS
from core.tenancy.rules import EVERYTHING
from core.tenancy.services import (
    create_administrator,
    create_role,
    create_tenant,
    create_user,
    issue_token,
    set_password,
)
from gateway.modules import load_modules

#: Of all users of the demo; it is printed, so it keeps nobody out.
PASSWORD = "demo-fieldgate"
#: Long enough for who tries things out, with a token in a script.
TOKEN_LIFETIME = timedelta(days=365)
#: What the second user may not see, though it is only reading.
WITHHELD = frozenset({"audit.read", "tenancy.read"})


@dataclass(frozen=True)
class Wanted:
    """A tenant of the demo; without *modules* it has all that are installed."""

    slug: str
    name: str
    modules: frozenset[str] | None = None


@dataclass(frozen=True)
class Place:
    """What loading leans on: the owner's connections, and sessions of the serving role."""

    owner: Engine
    sessions: Sessions
    now: datetime

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, now: datetime) -> AsyncIterator[Place]:
        owner = create_engine(
            sqlalchemy_url(settings.owner_database_url, "psycopg"),
            connect_args={"options": f"-c gin_pending_list_limit={PENDING_KB}"},
        )
        serving = create_async_engine(
            sqlalchemy_url(settings.app_database_url, "asyncpg"),
            connect_args={"server_settings": SERVER_SETTINGS},
        )
        try:
            yield cls(owner, Sessions(serving), now)
        finally:
            await serving.dispose()
            owner.dispose()

    async def tenant(self, wanted: Wanted) -> Door:
        """Find the tenant, or make it, with its users."""
        installed = load_modules()
        key, names = self._find(wanted, installed)
        modules = installed.only(names)
        nobody = Actor(key)
        async with self.sessions.begin(nobody, modules.listeners) as session:
            user = await _administrator(session, wanted, modules)
        return Door(self, wanted, key, user, modules)

    def _find(self, wanted: Wanted, installed: Modules) -> tuple[UUID, list[str]]:
        names = (wanted.modules or installed.names) & installed.names - {CORE}
        with self.owner.begin() as connection:
            found = connection.execute(
                select(Tenant.id, Tenant.modules).where(Tenant.slug == wanted.slug)
            ).one_or_none()
            if found is not None:
                return found.id, found.modules
            return create_tenant(connection, wanted.slug, wanted.name, names), sorted(names)

    def analyze(self) -> None:
        """Let the database look at what it has now, so that the first queries are planned well."""
        with self.owner.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("analyze")


@dataclass(frozen=True)
class Door:
    """A tenant that is there, and the administrator as whom it is filled."""

    place: Place
    wanted: Wanted
    id: UUID
    user_id: UUID
    modules: Modules

    @asynccontextmanager
    async def session(self) -> AsyncIterator[TenantSession]:
        actor = Actor(self.id, self.user_id, name=f"user_{self.user_id.hex}")
        async with self.place.sessions.begin(
            actor, self.modules.listeners, self.place.now
        ) as session:
            yield session

    async def entry(self, reference: str) -> dict[str, Any]:
        """How to log in, with the contact of that reference as the one to look at first."""
        async with self.place.sessions.begin(
            Actor(self.id, self.user_id), self.modules.listeners
        ) as session:
            sample = await contact_of(session, reference)
            issued = await issue_token(session, self.user_id, TOKEN_LIFETIME)
        assert sample is not None  # it is committed together with all others
        return {
            "slug": self.wanted.slug,
            "modules": sorted(self.modules.names - {CORE}),
            "token": issued.token,
            "login": f"admin@{self.wanted.slug}.example",
            "password": PASSWORD,
            "sampleContactId": global_id("contact", sample),
        }


async def contact_of(session: TenantSession, reference: str) -> UUID | None:
    found: UUID | None = await session.scalar(
        select(Contact.id).where(Contact.reference == reference).order_by(Contact.id).limit(1)
    )
    return found


async def _administrator(session: TenantSession, wanted: Wanted, modules: Modules) -> UUID:
    login = f"admin@{wanted.slug}.example"
    found = await session.scalar(select(User).where(User.login == login))
    if found is None:
        await _add_reader(session, wanted, modules)
        made = await create_administrator(
            session, login=login, name="Camille Lefèvre", password=PASSWORD
        )
        return made.id
    if not await PASSWORDS.verify(found.password_hash, PASSWORD):
        await set_password(session, found.id, frozenset({EVERYTHING}), PASSWORD)
    return found.id


async def _add_reader(session: TenantSession, wanted: Wanted, modules: Modules) -> None:
    """Somebody who may look and not touch."""
    may = {name for name in modules.permissions if name.endswith(".read")} - WITHHELD
    giver = frozenset({EVERYTHING, *may})
    role = await create_role(session, giver, name="Lecture seule", permissions=sorted(may))
    await create_user(
        session,
        giver,
        login=f"lecture@{wanted.slug}.example",
        name="Dominique Perrin",
        password=PASSWORD,
        role_ids=[role.id],
    )
