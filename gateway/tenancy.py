"""Finds out who asks."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from core.kit.events import Listeners
from core.kit.modules import Modules
from core.kit.pool import Database
from core.kit.session import Actor, Channel, Sessions, TenantSession
from core.tenancy import credentials
from core.tenancy.credentials import Credential, Kind
from core.tenancy.lookups import Holder, holder_by_credential, note_use
from core.tenancy.rules import effective

log = structlog.get_logger(__name__)
BELIEVED = timedelta(seconds=30)
NOTED_EVERY = timedelta(minutes=1)
MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, for which tenant, and what they may do there."""

    tenant: UUID
    slug: str
    #: Those that are installed and on, core among them.
    modules: frozenset[str]
    permissions: frozenset[str]
    #: None for a partner key.
    user_id: UUID | None
    name: str
    channel: Channel
    locale: str
    time_zone: str
    actor: Actor
    #: Whether they may run stored documents only.
    documents_only: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    caller: Caller
    until: datetime


class Callers:
    """Callers by credential: looked up, then believed for half a minute.

    What ends a credential is heard at once; by other processes that can't be told, when the
    time is over.
    """

    def __init__(
        self,
        db: Database,
        narrow: Callable[[Iterable[str]], Modules],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._db = db
        self._narrow = narrow
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        #: Counts what was forgotten: a look-up that began before is not to be believed later.
        self._forgotten = 0
        self._notes: set[asyncio.Task[None]] = set()

    def known(self, token: str) -> Caller | None:
        """Who shows *token*, if that was looked up a moment ago."""
        return self._known_by(credentials.digest(token), self._clock())

    async def of(self, token: str) -> Caller | None:
        """Who shows *token*; None if it isn't, or is no longer, anybody's."""
        shown = credentials.read(token)
        if shown is None:
            return None
        now = self._clock()
        return self._known_by(shown.digest, now) or await self._look_up(shown, now)

    def _known_by(self, digest: str, now: datetime) -> Caller | None:
        known = self._known.get(digest)
        if known is None or known.until <= now:
            return None
        self._known.move_to_end(digest)
        return known.caller

    def forget(self, tenant: UUID) -> None:
        """Look the callers of *tenant* up anew: what they may do has changed."""
        self._forgotten += 1
        for key in [k for k, known in self._known.items() if known.caller.tenant == tenant]:
            del self._known[key]

    async def close(self) -> None:
        """Finish what is noted down."""
        await asyncio.gather(*self._notes)

    async def _look_up(self, shown: Credential, now: datetime) -> Caller | None:
        began = self._forgotten
        holder = await holder_by_credential(self._db, shown, now)
        if holder is None:
            self._known.pop(shown.digest, None)
            return None
        caller = self._caller(holder)
        if began == self._forgotten:
            self._remember(shown.digest, caller, holder, now)
        if holder.kind is Kind.PARTNER_KEY:
            self._note_use(holder, now)
        return caller

    def _caller(self, holder: Holder) -> Caller:
        modules = self._narrow(holder.modules)
        user = holder.kind is Kind.TOKEN
        channel = Channel.UI if user else Channel.PARTNER
        user_id = holder.id if user else None
        name = f"{'user' if user else 'partner_key'}_{holder.id.hex}"
        return Caller(
            tenant=holder.tenant,
            slug=holder.slug,
            modules=modules.names,
            permissions=effective(holder.granted, frozenset(modules.permissions)),
            user_id=user_id,
            name=holder.name,
            channel=channel,
            locale=holder.locale,
            time_zone=holder.time_zone,
            actor=Actor(holder.tenant, user_id, channel, name),
            documents_only=holder.documents_only,
        )

    def _remember(self, digest: str, caller: Caller, holder: Holder, now: datetime) -> None:
        until = now + BELIEVED
        if holder.expires_at is not None:
            until = min(until, holder.expires_at)
        self._known[digest] = _Known(caller, until)
        self._known.move_to_end(digest)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)

    def _note_use(self, holder: Holder, now: datetime) -> None:
        """Write down that a key was used, beside the request that used it."""
        if holder.last_used_at is not None and holder.last_used_at > now - NOTED_EVERY:
            return
        task = asyncio.create_task(_noted(note_use(self._db, holder.tenant, holder.id, now)))
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)


class GatewaySessions(Sessions):
    """Sessions whose commits are heard by what this process remembers of the tenant."""

    def __init__(
        self,
        engine: AsyncEngine,
        marks: Collection[str],
        on_outbox: Callable[[UUID], None],
        on_topics: Callable[[UUID, Collection[str]], None],
    ) -> None:
        super().__init__(engine, on_outbox, on_topics)
        #: What a transaction leaves that changes what is remembered: announced as topics.
        self._marks = marks
        self._announce = on_topics

    @asynccontextmanager
    async def begin(
        self, actor: Actor, listeners: Listeners, now: datetime | None = None
    ) -> AsyncIterator[TenantSession]:
        async with super().begin(actor, listeners, now) as session:
            yield session
        if left := [mark for mark in self._marks if mark in session.info]:
            self._announce(actor.tenant_id, left)


async def _noted(writing: Awaitable[None]) -> None:
    try:
        await writing
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        log.warning("the use of a partner key was not noted", error=str(error))
