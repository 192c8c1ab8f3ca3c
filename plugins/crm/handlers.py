"""What the crm module does about what happens: alerts, who a position is from, look-ups."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.kit.errors import NotFound
from core.kit.events import Outing
from core.kit.ids import global_id
from core.kit.session import TenantSession
from plugins.crm.rules.alerts import AlertCause
from plugins.crm.services import sites
from plugins.crm.services.addresses import locate
from plugins.crm.services.addresses.asking import Desk, Found
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
    await locate.tell_if_due(session, event.contact_id)


async def contact_changed(session: TenantSession, event: Any) -> None:
    fields = set(event.fields.split(","))
    await sites.claim(
        session,
        event.contact_id,
        position=bool(fields & sites.POSITION),
        address=bool(fields & sites.ADDRESS),
    )
    if fields & sites.ADDRESS:
        await sites.forget_look_up(session, event.contact_id)
    await locate.tell_if_due(session, event.contact_id, fields)


async def look_up_due(session: TenantSession, values: dict[str, Any]) -> locate.Sought | None:
    """What there is to look up; nothing, if the contact is gone or people know better."""
    try:
        sought = await locate.seek(session, UUID(values["contact_id"]))
    except NotFound:
        return None
    return sought if isinstance(sought, locate.Sought) else None


async def look_up(outing: Outing, sought: locate.Sought) -> Found:
    desk = Desk(
        outing.modules.address_providers,
        outing.settings,
        outing.outside,
        outing.tenant,
        sought.chosen,
    )
    return await desk.find(sought.address)


async def looked_up(session: TenantSession, sought: locate.Sought, found: Found) -> None:
    await locate.settle(session, sought, found)
