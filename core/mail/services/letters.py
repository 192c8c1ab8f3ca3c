"""Single mails, of which each is its own: a test to oneself, what other modules have to say."""

from __future__ import annotations

from uuid import UUID

from core.kit.errors import Refused
from core.kit.ids import new_id
from core.kit.session import TenantSession
from core.mail.models import Mail
from core.mail.rules.addresses import address_key, deliverable
from core.mail.rules.states import MailKind, MailState
from core.mail.rules.templates import Filled


async def post(
    session: TenantSession,
    filled: Filled,
    address: str,
    *,
    name: str | None = None,
    contact_id: UUID | None = None,
    language: str = "fr",
    private: bool = False,
) -> Mail:
    """Queue a service mail to an address; it goes out once the transaction is committed.

    What a *private* one says is not shown to those who see what mails were sent.
    """
    to = deliverable(address)
    if to is None:
        raise Refused("INVALID_ADDRESS", f"'{address[:60]}' is not an e-mail address.")
    mail = Mail(
        id=new_id(),
        kind=MailKind.SERVICE.value,
        contact_id=contact_id,
        position=0,
        name=name,
        address=to,
        address_key=address_key(to),
        language=language,
        state=MailState.QUEUED.value,
        is_private=private,
        subject=filled.subject,
        html=filled.html,
        text=filled.text,
        attempts=0,
        queued_at=session.now,
        next_at=session.now,
    )
    session.add(mail)
    await session.flush()
    session.ring()
    return mail
