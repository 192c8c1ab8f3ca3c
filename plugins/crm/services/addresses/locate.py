"""A contact's town and position from its postcode."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.contacts.models import Contact
from core.contacts.services import update_contact
from core.kit.errors import Refused
from core.kit.session import TenantSession
from core.tenancy.models import Tenant
from plugins.crm.models import Site
from plugins.crm.services.addresses import france
from plugins.crm.services.sites import claim


async def locate(session: TenantSession, contact_id: UUID, version: int | None = None) -> Contact:
    """Put a contact where its postcode is; what people have said of its place stays."""
    contact = await session.find(Contact, contact_id, "contact", field="contactId", lock=True)
    if contact.postcode is None:
        message = f"'{contact.name[:80]}' has no postcode to look up."
        raise Refused("NO_POSTCODE", message, "contactId")
    whose = await session.scalar(
        select(Site.position_provenance).where(Site.contact_id == contact.id)
    )
    if whose == "MANUAL":
        message = "Its position was set by hand; clear it to have it looked up."
        raise Refused("POSITION_IS_MANUAL", message, "contactId")
    country = contact.country or await session.scalar(
        select(Tenant.country).where(Tenant.id == session.tenant_id)
    )
    found = france.in_postcode(contact.postcode, contact.town) if country == "FR" else ()
    if not found:
        message = f"The postcode '{contact.postcode}' is not known in {country}."
        raise Refused("POSTCODE_UNKNOWN", message, "contactId")
    town = found[0]
    values: dict[str, Any] = {
        "latitude": Decimal(town.latitude),
        "longitude": Decimal(town.longitude),
    }
    fills = contact.town is None
    if fills:
        values["town"] = town.name
    contact, _ = await update_contact(session, contact.id, values, version)
    await claim(session, contact.id, position=True, address=fills, provenance="PROVIDER")
    return contact
