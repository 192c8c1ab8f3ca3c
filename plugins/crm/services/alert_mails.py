"""Alerts as mails: one to each recipient whose login is an address."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from core.contacts.models import Contact
from core.kit.session import TenantSession
from core.mail.rules.addresses import deliverable
from core.mail.rules.templates import nearest
from core.mail.services import letters
from core.tenancy.models import Tenant, User
from plugins.crm.models import Alert, AlertDelivery
from plugins.crm.rules.alerts import AlertSeverity, alert_mail

NO_ADDRESS = "The login is no e-mail address."


async def post(
    session: TenantSession, alert: Alert, deliveries: Sequence[tuple[AlertDelivery, User]]
) -> None:
    """Queue the mails; each delivery keeps its own, which knows what becomes of it.

    They stand on no contact, and are private: who sees mails may not see alerts.
    """
    if not deliveries:
        return
    locale = await session.scalar(select(Tenant.locale).where(Tenant.id == session.tenant_id))
    contact = await session.find(Contact, alert.contact_id, "contact")
    language = nearest(locale)
    severity = AlertSeverity(alert.severity)
    said = alert_mail(alert.title, severity, contact.name, contact.reference, language)
    for delivery, user in deliveries:
        if deliverable(user.login) is None:
            delivery.mail_error = NO_ADDRESS
            continue
        mail = await letters.post(
            session, said, user.login, name=user.name, language=language, private=True
        )
        delivery.mail_id = mail.id
