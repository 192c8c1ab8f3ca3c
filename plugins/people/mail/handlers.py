"""What people do about mails: who unsubscribes is written to no more."""

from __future__ import annotations

from typing import Any

from core.kit.events import Event
from core.kit.session import TenantSession
from plugins.people import services
from plugins.people.mail.audience import PERSON
from plugins.people.models import Person


async def mail_unsubscribed(session: TenantSession, event: Event) -> None:
    said: dict[str, Any] = event.values()
    if said["recipient_type"] != PERSON:
        return
    person = await session.get(Person, (session.tenant_id, said["recipient_id"]))
    if person is not None and person.receives_marketing:
        await services.update(session, person.id, None, receives_marketing=False)
