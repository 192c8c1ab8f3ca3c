"""The session of one tenant: it adds the tenant, stamps rows, writes the audit, tells events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import event, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.orm.attributes import flag_modified

from core.kit import audit
from core.kit.db import Entity, Stamped, TenantOwned
from core.kit.errors import NotFound, Refused
from core.kit.events import Event, Listeners
from core.kit.ids import new_id
from core.kit.tables import AuditEntry, OutboxEntry

E = TypeVar("E", bound=Entity)


class Channel(StrEnum):
    """By which way a write came in."""

    UI = "UI"
    PARTNER = "PARTNER"
    IMPORT = "IMPORT"
    JOB = "JOB"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who writes: a user or a partner key of a tenant, or (without user) a job."""

    tenant_id: UUID
    user_id: UUID | None = None
    channel: Channel = Channel.JOB
    #: Who asks, for idempotency keys: two callers may choose the same key.
    name: str = "job"


class TenantSession(AsyncSession):
    """One transaction of one tenant. Services are given one and never make one."""

    actor: Actor
    listeners: Listeners
    #: When the transaction began: what rows are stamped with.
    now: datetime

    @property
    def tenant_id(self) -> UUID:
        return self.actor.tenant_id

    @property
    def user_id(self) -> UUID | None:
        return self.actor.user_id

    def act_as(self, name: str, channel: Channel) -> None:
        """Have what is written from now on say that it is by way of *name*."""
        actor = replace(self.actor, name=name, channel=channel)
        self.actor = self.sync_session.info["actor"] = actor

    async def find(
        self,
        model: type[E],
        key: UUID,
        what: str | None = None,
        *,
        field: str | None = None,
        lock: bool = False,
        keep: bool = False,
    ) -> E:
        """The row with the id *key*, or a refusal that names *what* isn't there.

        With *lock*, nobody else changes it until this is over; with *keep*, nobody deletes it.
        """
        statement = select(model).where(model.id == key)
        if lock or keep:
            statement = statement.with_for_update(read=keep, key_share=keep)
        found = await self.scalar(statement)
        if found is None:
            raise NotFound(what or model.__name__.lower(), key, field)
        return found

    async def hold(self, what: str, *, shared: bool = False) -> None:
        """Make whoever else of the tenant holds *what* wait until this transaction ends.

        It is held by its name: no row need be there. With *shared*, several may have it together,
        and nobody alone. What those before have committed is seen by the next statement.
        """
        key = func.hashtextextended(f"{what}:{self.tenant_id}", 0)
        lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
        await self.execute(select(lock(key)))

    def record(self, row: Any, changes: dict[str, list[Any]]) -> None:
        """Count *row* as changed by what its columns don't hold: ``{name: [before, after]}``."""
        if isinstance(row, Stamped):
            flag_modified(row, "updated_at")  # so that its version counts up
        self.add(_entry(self.sync_session, audit.entry(row, "CHANGED", changes)))

    async def tell(self, event_: Event) -> None:
        """Say what happened: listeners run now, those for later are written to the outbox."""
        for handler in self.listeners.at_once(event_):
            await handler(self, event_)
        for listener in self.listeners.late(event_):
            values = {name: audit.plain(value) for name, value in event_.values().items()}
            self.add(OutboxEntry(listener=listener.key, event=values))
            self.ring()

    def ring(self) -> None:
        """Have the workers look at this tenant once the transaction is committed."""
        self.sync_session.info["told"] = True

    def announce(self, topic: str, *, workers: bool = False) -> None:
        """Have whoever watches *topic* told once this is committed; with *workers*, them too.

        Nothing may depend on it: an announcement gets lost when nobody can be reached.
        """
        self.sync_session.info.setdefault("topics", set()).add(topic)
        if workers:
            self.sync_session.info["told"] = True


def topic_of_row(key: UUID) -> str:
    """What is announced whenever a row is written that the audit keeps, or one below it.

    By its own id, and by that of the thing whose history shows it: a contact, mostly.
    """
    return f"row:{key.hex}"


def check_version(row: Any, given: int | None) -> None:
    """Refuse to write over a change that the caller has not seen."""
    if given is not None and row.version != given:
        raise Refused(
            "STALE_VERSION",
            f"Version {given} is out of date; the row is at version {row.version}. Read it again.",
            "version",
        )


class Sessions:
    """Makes sessions, each in a transaction that commits when its block ends well."""

    def __init__(
        self,
        engine: AsyncEngine | AsyncConnection,
        on_outbox: Callable[[UUID], None] = lambda tenant: None,
        on_topics: Callable[[UUID, Collection[str]], None] = lambda tenant, topics: None,
    ) -> None:
        self._engine = engine
        self._on_outbox = on_outbox
        self._on_topics = on_topics

    def on(self, connection: AsyncConnection) -> Sessions:
        """The same on one connection, for many small transactions, one after the other: it is
        lent, looked at and cleaned up once, and not for each."""
        return Sessions(connection, self._on_outbox, self._on_topics)

    @asynccontextmanager
    async def begin(
        self, actor: Actor, listeners: Listeners, now: datetime | None = None
    ) -> AsyncIterator[TenantSession]:
        session = TenantSession(
            self._engine,
            expire_on_commit=False,
            sync_session_class=_Session,
            info={"actor": actor},
        )
        session.actor, session.listeners = actor, listeners
        session.now = session.sync_session.info["now"] = now or datetime.now(UTC)
        async with session, session.begin():
            yield session
        if session.sync_session.info.get("told"):
            self._on_outbox(actor.tenant_id)
        if topics := session.sync_session.info.get("topics"):
            self._on_topics(actor.tenant_id, topics)


class _Session(Session):
    """What SQLAlchemy calls back; only sessions of this class see a tenant."""


@event.listens_for(_Session, "after_begin")
def _see_the_tenant(session: Session, _transaction: Any, connection: Any) -> None:
    actor: Actor = session.info["actor"]
    # Local to the transaction: it can't stay behind on a pooled connection.
    connection.execute(
        text("select set_config('app.tenant', :tenant, true)"), {"tenant": str(actor.tenant_id)}
    )


@event.listens_for(_Session, "do_orm_execute")
def _add_the_tenant(state: ORMExecuteState) -> None:
    tenant = state.session.info["actor"].tenant_id
    if (state.is_select or state.is_update or state.is_delete) and not state.is_column_load:
        state.statement = state.statement.options(
            with_loader_criteria(
                TenantOwned, lambda cls: cls.tenant_id == tenant, include_aliases=True
            )
        )


@event.listens_for(_Session, "before_flush")
def _stamp_and_audit(session: Session, _context: Any, _instances: Any) -> None:
    actor: Actor = session.info["actor"]
    now = session.info["now"]
    for row in session.new:
        if isinstance(row, TenantOwned):
            row.tenant_id = actor.tenant_id
        if isinstance(row, Entity) and row.id is None:
            row.id = new_id()
        if isinstance(row, Stamped):
            row.created_at = row.updated_at = now
            row.created_by = row.updated_by = actor.user_id
    for row in session.dirty:
        if isinstance(row, Stamped) and session.is_modified(row):
            row.updated_at, row.updated_by = now, actor.user_id
    for entry in list(audit.written(session)):
        session.add(_entry(session, entry))


def _entry(session: Session, entry: dict[str, Any]) -> AuditEntry:
    actor: Actor = session.info["actor"]
    keys = {key for key in (entry["row_id"], entry["root_id"]) if key is not None}
    session.info.setdefault("topics", set()).update(map(topic_of_row, keys))
    return AuditEntry(
        id=new_id(),
        tenant_id=actor.tenant_id,
        at=session.info["now"],
        user_id=actor.user_id,
        actor=actor.name,
        channel=actor.channel.value,
        **entry,
    )
