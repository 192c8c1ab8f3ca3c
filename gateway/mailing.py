"""Sends a tenant's mails, one after the other, at the tenant's pace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import structlog

from core.files.store import Store
from core.kit.session import Actor, TenantSession
from core.kit.settings import Settings
from core.mail.composing import Attachment, compose
from core.mail.services import sending
from core.mail.services.sending import Claimed, Outcome, Wait
from core.mail.transports import HandedOver, Mailbox, Smtp, Transport
from gateway.backstage import Backstage, Tenant

log = structlog.get_logger(__name__)
#: Of one task: what is left is for the next, so that nobody's mailing holds a worker.
SECONDS = 20.0
#: A pause that is worth staying for.
SHORT_SECONDS = 2.0
Begin = Callable[[], AbstractAsyncContextManager[TenantSession]]


async def send_mails(backstage: Backstage, tenant: Tenant, settings: Settings) -> bool:
    """Send what is due; whether more is, right now."""
    if settings.smtp_url is None and not settings.has_mailbox:
        log.warning("mails wait: FIELDGATE_SMTP_URL is not set", tenant=tenant.slug)
        return False
    until = time.monotonic() + SECONDS
    begin = partial(
        backstage.sessions.begin, Actor(tenant.id, name="mail"), tenant.modules.listeners
    )
    store = Store.of(settings)
    async with _transport(settings, begin) as transport:
        while time.monotonic() < until:
            async with begin() as session:
                claimed = await sending.claim(session, tenant.modules, settings)
            if claimed is None:
                return False
            if isinstance(claimed, Wait):
                if claimed.seconds > SHORT_SECONDS:
                    return False  # the sweep comes by
                await asyncio.sleep(claimed.seconds)
                continue
            await _send(transport, begin, tenant, settings, store, claimed)
    return True


async def _send(
    transport: Transport,
    begin: Begin,
    tenant: Tenant,
    settings: Settings,
    store: Store,
    claimed: Claimed,
) -> None:
    came = await _handed_over(transport, tenant, settings, store, claimed)
    async with begin() as session:
        await sending.mark(session, claimed, came.outcome, came.error)
    if came.outcome is not Outcome.TAKEN:
        about = {"tenant": tenant.slug, "mail": claimed.id.hex}
        log.warning("a mail was not taken", outcome=came.outcome.value, reason=came.error, **about)


async def _handed_over(
    transport: Transport, tenant: Tenant, settings: Settings, store: Store, claimed: Claimed
) -> HandedOver:
    try:
        attachments = await asyncio.to_thread(_read, store, tenant, claimed)
    except OSError as error:  # a disk that is away comes back
        return HandedOver(Outcome.LATER, f"An attachment can't be read: {error.strerror}.")
    message = compose(claimed, settings.mail_from, attachments, datetime.now(UTC))
    return await transport.hand_over(settings.mail_from, claimed.address, message)


def _read(store: Store, tenant: Tenant, claimed: Claimed) -> list[Attachment]:
    return [
        Attachment(f.filename, f.content_type, store.path(tenant.id, f.sha256).read_bytes())
        for f in claimed.files
    ]


@asynccontextmanager
async def _transport(settings: Settings, begin: Begin) -> AsyncIterator[Transport]:
    if settings.smtp_url is None:
        yield Mailbox(begin)
        return
    async with Smtp.open(settings.smtp_url.get_secret_value()) as smtp:
        yield smtp
