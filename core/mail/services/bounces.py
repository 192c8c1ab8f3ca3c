"""Mails that come back, and people who want no more of them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from core.kit.errors import NotFound, Refused
from core.kit.session import TenantSession
from core.mail.events import MailBounced, MailUnsubscribed
from core.mail.models import Mail
from core.mail.rules.states import MailReason, MailState, topic
from core.mail.services import addresses

DIAGNOSTIC_LENGTH = 500
CAN_COME_BACK = (
    MailState.SENDING,
    MailState.SENT,
    MailState.FAILED,
    MailState.UNKNOWN,
    MailState.BOUNCED,
)


async def record(
    session: TenantSession, key: UUID, field: str, *, for_good: bool, diagnostic: str | None
) -> Mail:
    """Somebody's mail server, or who reads its answers, says that a mail came back."""
    mail = await held(session, key, field)
    if mail.state not in CAN_COME_BACK:
        message = f"The mail is {mail.state}: it has not gone out, so it can't have come back."
        raise Refused("WRONG_STATE", message, field)
    if mail.state != MailState.BOUNCED or for_good:
        await bounce(session, mail, for_good=for_good, diagnostic=diagnostic)
    return mail


async def bounce(
    session: TenantSession, mail: Mail, *, for_good: bool, diagnostic: str | None
) -> None:
    """A mail came back. For good: nothing goes to the address until somebody releases it."""
    mail.error = diagnostic and diagnostic[:DIAGNOSTIC_LENGTH]
    mail.state, mail.reason = MailState.BOUNCED.value, MailReason.NOT_DELIVERED.value
    mail.claim = mail.next_at = None
    mail.bounced_at = mail.bounced_at or session.now
    if mail.mailing_id is not None:
        session.announce(topic(mail.mailing_id))
    if mail.address is None:  # whom it went to was erased since
        mail.error = None
        return
    if for_good:
        await addresses.mark_bounced(session, mail.address, mail.error)
    await session.flush()
    await session.tell(
        MailBounced(
            mail.id, mail.recipient_type, mail.recipient_id, mail.contact_id, mail.address,
            for_good,
        )
    )  # fmt: skip


async def unsubscribe(session: TenantSession, key: UUID) -> Mail:
    """Who got this mail wants no more marketing; saying so twice is once."""
    mail = await held(session, key)
    if mail.unsubscribed_at is None:
        mail.unsubscribed_at = session.now
        await session.flush()
    # Told each time: they may have been opted in again since.
    await session.tell(
        MailUnsubscribed(
            mail.id, mail.recipient_type, mail.recipient_id, mail.contact_id, mail.address or ""
        )
    )
    return mail


async def held(session: TenantSession, key: UUID, field: str | None = None) -> Mail:
    mail = await session.scalar(select(Mail).where(Mail.id == key).with_for_update())
    if mail is None:
        raise NotFound("mail", key, field)
    return mail
