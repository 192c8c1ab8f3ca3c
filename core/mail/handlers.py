"""What core does about what happens to mails: addresses of contacts are its own to remember."""

from __future__ import annotations

from sqlalchemy import select

from core.contacts.models import Contact
from core.kit.events import Event
from core.kit.session import TenantSession
from core.mail.audiences import CONTACT
from core.mail.events import MailUnsubscribed
from core.mail.services import addresses


async def mail_unsubscribed(session: TenantSession, event: Event) -> None:
    assert isinstance(event, MailUnsubscribed)
    if event.recipient_type == CONTACT:
        email = select(Contact.email).where(Contact.id == event.recipient_id)
        # The contact may have another address since; who uses the link means that one, too.
        meant = {a.lower() for a in (event.address, await session.scalar(email)) if a}
        for address in sorted(meant):
            await addresses.opt_out(session, address)
