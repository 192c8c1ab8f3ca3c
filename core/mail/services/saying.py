"""What a mailing says to one recipient."""

from __future__ import annotations

from uuid import UUID

from core.kit.modules import Modules
from core.kit.session import TenantSession
from core.mail.models import Mail, Mailing
from core.mail.rules.footers import with_unsubscribing
from core.mail.rules.templates import Filled
from core.mail.services import filling
from core.mail.services.mailings import wording_of


async def fill_for(
    session: TenantSession, modules: Modules, mail: Mail, mailing: Mailing, link: str | None
) -> Filled:
    """*mailing* with the keywords of *mail*'s recipient; *link* is where they unsubscribe."""
    subjects: dict[str, UUID | None] = {of: UUID(key) for of, key in mailing.about.items()}
    subjects |= {
        "contact": mail.contact_id,
        "user": mailing.started_by or session.user_id,
        "tenant": session.tenant_id,
    }
    if mail.recipient_type is not None:
        subjects[mail.recipient_type] = mail.recipient_id
    filled = await filling.fill(session, modules, wording_of(mailing), subjects, link)
    return filled if link is None else with_unsubscribing(filled, link, mailing.language)
