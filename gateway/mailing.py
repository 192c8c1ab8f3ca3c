"""Sends a tenant's mails, one after the other, at the tenant's pace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import structlog

from core.files.store import Kept, Store
from core.kit.session import Actor, TenantSession
from core.kit.settings import Settings
from core.mail.composing import Attachment, compose
from core.mail.services import claiming, handing
from core.mail.services.claiming import Wait
from core.mail.services.clearing import Round, still_goes
from core.mail.services.handing import Claimed, Outcome
from core.mail.transports import HandedOver, Mailbox, Smtp, Transport
from gateway.backstage import Backstage, Tenant

log = structlog.get_logger(__name__)
#: Of one task: what is left is for the next, so that nobody's mailing holds a worker.
SECONDS = 20.0
#: A pause that is worth staying for.
SHORT_SECONDS = 2.0
FEW = 4
#: What was claimed so long ago is looked at again before it goes.
STALE_SECONDS = 1.0
Begin = Callable[[], AbstractAsyncContextManager[TenantSession]]


async def send_mails(backstage: Backstage, tenant: Tenant, settings: Settings) -> bool:
    """Send what is due; whether more is, right now."""
    if not settings.mails_go:
        log.warning("mails wait: FIELDGATE_SMTP_URL is not set", tenant=tenant.slug)
        return False
    until = time.monotonic() + SECONDS
    async with Postman.open(backstage, tenant, settings) as postman:
        while time.monotonic() < until:
            claimed = await postman.claim()
            if claimed is None:
                return False
            if isinstance(claimed, list):
                await postman.carry(claimed)
            elif claimed.seconds > SHORT_SECONDS:
                return False  # the sweep comes by
            else:
                await asyncio.sleep(claimed.seconds)
    return True


@dataclass
class Postman:
    """Carries the mails of one tenant."""

    tenant: Tenant
    settings: Settings
    begin: Begin
    transport: Transport
    round: Round = field(default_factory=Round)
    #: How many are claimed in one go: few at first, then so many as go before they are stale.
    many: int = FEW
    attached: dict[tuple[UUID, ...], list[Attachment]] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, backstage: Backstage, tenant: Tenant, settings: Settings
    ) -> AsyncIterator[Postman]:
        async with backstage.one_connection() as sessions:
            actor, listeners = Actor(tenant.id, name="mail"), tenant.modules.listeners
            begin = partial(sessions.begin, actor, listeners)
            async with _transport(settings, begin) as transport:
                yield cls(tenant, settings, begin, transport)

    async def claim(self) -> list[Claimed] | Wait | None:
        async with self.begin() as session:
            return await claiming.claim(
                session, self.tenant.modules, self.settings, self.round, self.many
            )

    async def carry(self, several: list[Claimed]) -> None:
        """Hand claimed mails over, each in its turn; those for which the server is too slow are
        put back, so that none goes that was looked at long ago."""
        stale = time.monotonic() + STALE_SECONDS
        for number, claimed in enumerate(several):
            if number and time.monotonic() > stale:
                self.many = number
                return await self._release(several[number:])
            if claimed.at is not None:
                await asyncio.sleep((claimed.at - datetime.now(UTC)).total_seconds())
            if await self.send(claimed) in handing.IN_TROUBLE:
                return await self._release(several[number + 1 :])
        self.many = min(2 * self.many, claiming.AT_ONCE)
        return None

    async def _release(self, several: list[Claimed]) -> None:
        async with self.begin() as session:
            await handing.release(session, several)

    async def send(self, claimed: Claimed) -> Outcome:
        """Hand a claimed mail over, and write down what came of it."""
        came = await self._hand_over(claimed)
        async with self.begin() as session:
            await handing.mark(session, claimed, came.outcome, came.error)
        if came.outcome is not Outcome.TAKEN:
            about = {"tenant": self.tenant.slug, "mail": claimed.id.hex}
            log.warning(
                "a mail was not taken", outcome=came.outcome.value, reason=came.error, **about
            )
        return came.outcome

    async def _hand_over(self, claimed: Claimed) -> HandedOver:
        try:
            attachments = await self._attachments(claimed)
        except OSError as error:  # a disk that is away comes back
            return HandedOver(Outcome.LATER, f"An attachment can't be read: {error.strerror}.")
        sender = self.settings.mail_from
        message = compose(claimed, sender, attachments, datetime.now(UTC))
        about_to_go = partial(self._is_begun, claimed)
        return await self.transport.hand_over(sender, claimed.address, message, about_to_go)

    async def _is_begun(self, claimed: Claimed) -> bool:
        """Whether a mail goes now: who has said since that they want none is heeded."""
        async with self.begin() as session:
            if await still_goes(session, self.tenant.modules, claimed) and await handing.begin(
                session, claimed
            ):
                return True
            await handing.release(session, [claimed])
            return False

    async def _attachments(self, claimed: Claimed) -> list[Attachment]:
        """The files of its mailing, read once for all of its mails."""
        if not claimed.files:
            return []
        key = tuple(file.id for file in claimed.files)
        if key not in self.attached:
            self.attached.clear()  # of one mailing at a time: they may be large
            self.attached[key] = await asyncio.to_thread(self._read, claimed)
        return self.attached[key]

    def _read(self, claimed: Claimed) -> list[Attachment]:
        store = Store.of(self.settings)
        found = []
        for file in claimed.files:
            with store.read(Kept(self.tenant.id, file.sha256)) as path:
                found.append(Attachment(file.filename, file.content_type, path.read_bytes()))
        return found


@asynccontextmanager
async def _transport(settings: Settings, begin: Begin) -> AsyncIterator[Transport]:
    if settings.smtp_url is None:
        yield Mailbox(begin)
        return
    async with Smtp.open(settings.smtp_url.get_secret_value()) as smtp:
        yield smtp
