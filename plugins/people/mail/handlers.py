"""What people do about mails: who unsubscribes is written to no more."""

from __future__ import annotations

from typing import Any

from core.kit.events import Event
from core.kit.ids import global_id
from core.kit.session import TenantSession
from plugins.people.mail.audience import PERSON
from plugins.people.services.consents import opt_out


async def mail_unsubscribed(session: TenantSession, event: Event) -> None:
    said: dict[str, Any] = event.values()
    if said["recipient_type"] == PERSON:
        await opt_out(session, said["recipient_id"], global_id("mail", said["mail_id"]))
