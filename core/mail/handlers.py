"""What core does about what happens to mails: addresses of contacts are its own to remember."""

from __future__ import annotations

from core.kit.events import Event
from core.kit.session import TenantSession
from core.mail.audiences import CONTACT
from core.mail.events import MailUnsubscribed
from core.mail.services import addresses


async def mail_unsubscribed(session: TenantSession, event: Event) -> None:
    assert isinstance(event, MailUnsubscribed)
    if event.recipient_type == CONTACT:
        await addresses.opt_out(session, event.address)
