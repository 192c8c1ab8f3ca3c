"""Access hours: set, and taken away."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from core.contacts import rules as contact_rules
from core.contacts.models import Contact
from core.kit.errors import Refused
from core.kit.session import Channel, TenantSession, check_version
from plugins.crm.models import AccessHours
from plugins.crm.rules import hours as rules
from plugins.crm.rules.hours import Hours


async def set_hours(
    session: TenantSession,
    contact_id: UUID,
    hours: Hours,
    time_zone: str | None = None,
    country: str | None = None,
    version: int | None = None,
) -> AccessHours:
    """Say when a contact's site may be entered, in place of what was said before."""
    zone, land = rules.time_zone(time_zone), contact_rules.country(country)
    contact = await session.find(Contact, contact_id, "contact", field="contactId", lock=True)
    row = await _row_of(session, contact.id)
    if row is None:
        row = AccessHours(contact_id=contact.id)
        session.add(row)
    else:
        check_version(row, version)
    imported = session.actor.channel is Channel.IMPORT
    row.hours, row.time_zone, row.country = hours.stored(), zone, land
    row.provenance = "IMPORT" if imported else "MANUAL"
    await session.flush()
    return row


async def clear_hours(
    session: TenantSession, contact_id: UUID, version: int | None = None
) -> Contact:
    """Take a contact's hours away: it is open at all times again."""
    contact = await session.find(Contact, contact_id, "contact", field="contactId", lock=True)
    row = await _row_of(session, contact.id)
    if row is None:
        raise Refused("NO_HOURS", "The contact has no hours: it is open at all times.", "contactId")
    check_version(row, version)
    await session.delete(row)
    return contact


async def _row_of(session: TenantSession, contact_id: UUID) -> AccessHours | None:
    found: AccessHours | None = await session.scalar(
        select(AccessHours).where(AccessHours.contact_id == contact_id)
    )
    return found
