"""Alerts as mails: to each recipient whose login is an address, those of a transaction together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from core.contacts.models import Contact
from core.kit.session import TenantSession
from core.kit.settings import get_settings
from core.mail.models import Mail
from core.mail.rules.addresses import deliverable
from core.mail.rules.templates import nearest
from core.mail.services import letters
from core.tenancy.models import Tenant, User
from plugins.crm.models import Alert, AlertDelivery
from plugins.crm.rules.alerts import AlertSeverity, Told, alert_mail

NO_ADDRESS = "The login is no e-mail address."
NO_SERVER = "No mail server is set."
#: What a transaction has told whom so far: a night raises many alerts in one.
_LETTERS = "letters of alerts"


@dataclass
class Letter:
    """A mail that this transaction writes, and what it tells."""

    mail: Mail
    told: list[Told]


async def post(
    session: TenantSession, alert: Alert, deliveries: Sequence[tuple[AlertDelivery, User]]
) -> None:
    """Queue the mails; each delivery knows its own, and by it what became of it.

    They stand on no contact, and are private: who sees mails may not see alerts.
    """
    if not deliveries:
        return
    if not get_settings().mails_go:
        # Else all of them would go on the day that a server is set.
        for delivery, _ in deliveries:
            delivery.mail_error = NO_SERVER
        return
    locale = await session.scalar(select(Tenant.locale).where(Tenant.id == session.tenant_id))
    contact = await session.find(Contact, alert.contact_id, "contact")
    severity = AlertSeverity(alert.severity)
    told = Told(alert.title, severity, contact.name, contact.reference)
    for delivery, user in deliveries:
        if deliverable(user.login) is None:
            delivery.mail_error = NO_ADDRESS
        else:
            delivery.mail_id = (await _letter(session, user, told, nearest(locale))).mail.id


async def _letter(session: TenantSession, user: User, told: Told, language: str) -> Letter:
    """The mail of this transaction to *user*, which tells of this alert, too."""
    written: dict[UUID, Letter] = session.sync_session.info.setdefault(_LETTERS, {})
    letter = written.get(user.id)
    if letter is None or letter.mail.queued_at != session.now:  # a story is told in one, too
        said = alert_mail([told], language)
        mail = await letters.post(
            session, said, user.login, name=user.name, language=language, private=True
        )
        letter = written[user.id] = Letter(mail, [told])
        return letter
    letter.told.append(told)
    said = alert_mail(letter.told, language)
    letter.mail.subject, letter.mail.text = said.subject, said.text
    return letter
