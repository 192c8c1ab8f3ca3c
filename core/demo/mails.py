"""The mails of the story: templates, a campaign that has gone out, and one that waits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.contacts.models import Contact
from core.demo.clock import at
from core.kit.modules import Modules
from core.kit.session import TenantSession
from core.kit.settings import Settings
from core.mail.audiences import CONTACT
from core.mail.composing import compose
from core.mail.models import Mail, Mailing, MailTemplate
from core.mail.rules.states import MailKind, MailState
from core.mail.services import bounces, claiming, handing, mailings, templates
from core.mail.services.handing import Outcome
from core.mail.services.mailings import Draft
from core.mail.transports import Mailbox
from core.views.services import save_view

#: Of the contacts in the story, so many are written to.
WRITTEN_TO = 18
#: When the campaign went out, and how long each of its mails took.
SENT_AGO, EACH = timedelta(days=12, hours=3), timedelta(seconds=2)
BOUNCE = "550 5.1.1 <{address}>: Recipient address rejected: User unknown"
AUTUMN = """<div style="max-width:560px;font-family:sans-serif;color:#1c2333">
<h2 style="color:#1d4ed8">Votre entretien d'automne</h2>
<p>Bonjour {{person.first_name|"Madame, Monsieur"}},</p>
<p>La saison de chauffe approche. Nous vous proposons de passer à <b>{{contact.name}}</b> avant le
15 octobre pour l'entretien annuel de vos installations.</p>
<ul><li>contrôle et nettoyage des brûleurs</li><li>mesure des fumées et attestation</li>
<li>10 % de remise sur les pièces d'usure</li></ul>
<p>Répondez à ce message, ou appelez {{contact.owner|"votre agence"}}.</p>
<p>{{tenant.name}}</p></div>"""
#: Name, keyword that it needs, language, subject, HTML, text.
TEMPLATES = (
    ("Entretien d'automne", "person", "fr", "Votre entretien d'automne à {{contact.town}}",
     AUTUMN, None),
    ("Astreinte : nouveaux horaires", "person", "fr", "Astreinte : nos nouveaux horaires", None,
     'Bonjour {{person.first_name|"Madame, Monsieur"}},\n\nÀ partir du 1er du mois, notre '
     "astreinte répond jusqu'à 22 h pour {{contact.name}}.\n\n{{user.name}}, {{tenant.name}}"),
    ("Annual service", "person", "en", "Annual service at {{contact.name}}", None,
     'Dear {{person.first_name|"customer"}},\n\nyour annual service is due at {{contact.name}}, '
     "{{contact.town}}.\n\n{{user.name}}, {{tenant.name}}"),
    ("Rappel d'intervention", "mission", "fr", "Votre intervention {{mission.reference}}", None,
     "Bonjour,\n\nnous passons à {{contact.name}} le {{mission.planned_start}}.\n\n"
     "{{tenant.name}}"),
    ("Facture", "document", "fr", "Votre facture {{document.reference}}", None,
     "Bonjour,\n\nvotre facture {{document.reference}} s'élève à {{document.total_incl_tax}}, dont "
     "{{tax.total}} de TVA.\n\n{{tenant.name}}"),
)  # fmt: skip


async def mails(
    session: TenantSession, modules: Modules, settings: Settings, contacts: dict[str, Any]
) -> None:
    """Write templates, let a campaign go to the first contacts, and prepare another."""
    if "person" not in modules.template_keywords:
        return
    rows: Sequence[Contact] = list(contacts.values())
    sent = session.now - SENT_AGO
    with at(session, sent - timedelta(days=2)):
        written = await _templates(session, modules)
    autumn, hours = written["Entretien d'automne"], written["Astreinte : nouveaux horaires"]
    with at(session, sent):
        campaign = await _prepared(session, modules, autumn, MailKind.MARKETING, rows[:WRITTEN_TO])
        drafts = select(Mail.id).where(
            Mail.mailing_id == campaign.id, Mail.state == MailState.DRAFT.value
        )
        recipients = list(await session.scalars(drafts.order_by(Mail.position)))
        await mailings.send(session, modules, settings, campaign.id, len(recipients), None)
    await _deliver(session, modules, settings, sent)
    with at(session, sent + timedelta(minutes=4)):
        await _come_back(session, recipients[4])
    with at(session, sent + timedelta(hours=5)):
        await bounces.unsubscribe(session, recipients[7])
    await _view(session, rows[0])
    here = [row for row in rows if row.town == rows[0].town]
    await _prepared(session, modules, hours, MailKind.SERVICE, here)


async def _templates(session: TenantSession, modules: Modules) -> dict[str, MailTemplate]:
    """Those whose keywords there are with the modules of this tenant."""
    return {
        name: await templates.create(
            session, modules, name, subject=subject, html=html, text=text, language=language
        )
        for name, keyword, language, subject, html, text in TEMPLATES
        if keyword in modules.template_keywords
    }


async def _prepared(
    session: TenantSession,
    modules: Modules,
    template: MailTemplate,
    kind: MailKind,
    to: Sequence[Contact],
) -> Mailing:
    draft = Draft(template.name, kind, templates.wording_of(template))
    keys = [contact.id for contact in sorted(to, key=lambda contact: contact.name_key)]
    return await mailings.prepare(session, modules, draft, CONTACT, keys)


async def _deliver(
    session: TenantSession, modules: Modules, settings: Settings, then: datetime
) -> None:
    """Send all that is queued into the mailbox, each soon after it was, whatever the settings."""

    @asynccontextmanager
    async def this() -> AsyncIterator[TenantSession]:
        yield session

    async def begun() -> bool:
        return True

    at_once = settings.model_copy(update={"mails_per_minute": 60_000})
    mailbox = Mailbox(this)
    for number in count():
        with at(session, then + number * EACH):
            found = await claiming.claim(session, modules, at_once, most=1)
        if not isinstance(found, list):
            return
        (claimed,) = found
        queued = await session.scalar(select(Mail.queued_at).where(Mail.id == claimed.id))
        assert queued is not None  # or it would not have been claimed
        with at(session, queued + number * EACH):
            message = compose(claimed, settings.mail_from, [], session.now)
            await mailbox.hand_over(settings.mail_from, claimed.address, message, begun)
            await handing.mark(session, claimed, Outcome.TAKEN)
            await session.flush()


async def _come_back(session: TenantSession, key: UUID) -> None:
    mail = await bounces.held(session, key)
    diagnostic = BOUNCE.format(address=mail.address)
    await bounces.bounce(session, mail, for_good=True, diagnostic=diagnostic)


async def _view(session: TenantSession, sample: Contact) -> None:
    """A view of the list, to whose rows somebody may write again."""
    values: dict[str, Any] = {
        "list_name": "contacts",
        "name": f"Contacts à {sample.town}",
        "columns": ["reference", "name", "group.name", "town", "phone"],
        "arguments": {"where": {"town": {"eq": sample.town}}, "orderBy": ["NAME_ASC"]},
        "is_shared": True,
    }
    await save_view(session, values)
