"""What a mailing says to each of its recipients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from core.kit.keywords import Words
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
    (words,) = await words_of(session, modules, [mail], mailing)
    return filled_with(mailing, words, link)


async def words_of(
    session: TenantSession, modules: Modules, mails: Sequence[Mail], mailing: Mailing
) -> list[dict[str, Words]]:
    """What the keywords of *mailing* mean in each of *mails*, in their order."""
    everybody = [_subjects(session, mail, mailing) for mail in mails]
    return await filling.words_for(session, modules, wording_of(mailing), everybody)


def filled_with(mailing: Mailing, words: Mapping[str, Words], link: str | None) -> Filled:
    filled = filling.filled_with(wording_of(mailing), words, link)
    return filled if link is None else with_unsubscribing(filled, link, mailing.language)


def _subjects(session: TenantSession, mail: Mail, mailing: Mailing) -> dict[str, UUID | None]:
    subjects: dict[str, UUID | None] = {of: UUID(key) for of, key in mailing.about.items()}
    subjects |= {
        "contact": mail.contact_id,
        "user": mailing.started_by or session.user_id,
        "tenant": session.tenant_id,
    }
    if mail.recipient_type is not None:
        subjects[mail.recipient_type] = mail.recipient_id
    return subjects
