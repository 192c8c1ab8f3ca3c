"""What the crm module does about what happens: alerts, and who a position is from."""

from __future__ import annotations

from typing import Any

from core.kit.ids import global_id
from core.kit.session import TenantSession
from plugins.crm.rules.alerts import AlertCause
from plugins.crm.services import sites
from plugins.crm.services.alerts import raise_alert


async def contact_flagged(session: TenantSession, event: Any) -> None:
    await raise_alert(session, event.contact_id, AlertCause.FLAGGED)


async def contact_suspended(session: TenantSession, event: Any) -> None:
    about = global_id("suspension", event.suspension_id)
    await raise_alert(session, event.contact_id, AlertCause.SUSPENDED, about, reason=event.reason)


async def credit_exceeded(session: TenantSession, event: Any) -> None:
    await raise_alert(
        session,
        event.contact_id,
        AlertCause.CREDIT_EXCEEDED,
        global_id("financial_document", event.document_id),
        balance=f"{event.balance:.2f}",
        limit=f"{event.credit_limit:.2f}",
    )


async def mission_late(session: TenantSession, event: Any) -> None:
    await raise_alert(
        session,
        event.contact_id,
        AlertCause.MISSION_LATE,
        global_id("mission", event.mission_id),
        what=event.what,
        reference=event.reference,
    )


async def contact_created(session: TenantSession, event: Any) -> None:
    await sites.claim(session, event.contact_id, position=True, address=True)


async def contact_changed(session: TenantSession, event: Any) -> None:
    fields = set(event.fields.split(","))
    await sites.claim(
        session,
        event.contact_id,
        position=bool(fields & sites.POSITION),
        address=bool(fields & sites.ADDRESS),
    )
