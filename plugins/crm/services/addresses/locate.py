"""Where contacts are, looked up: on somebody's word, after they were saved, and at night."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update

from core.contacts.models import Contact
from core.contacts.services import update_contact
from core.kit.addresses import Address, AddressProvider
from core.kit.errors import Refused
from core.kit.session import Channel, TenantSession, check_version
from core.tenancy.models import Tenant
from plugins.crm.events import LookUpDue
from plugins.crm.models import Site, SiteSettings
from plugins.crm.services.addresses.asking import Chosen, Found
from plugins.crm.services.sites import ADDRESS, POSITION, claim

#: Of one night: more would keep the workers from other things.
MOST_OFFLINE, MOST_ASKED = 5000, 1000
#: How long an address that nobody knows is left at that.
UNKNOWN_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Sought:
    """A contact whose place is looked up, and as what it was known when that began."""

    contact_id: UUID
    address: Address
    chosen: Chosen


async def chosen_by(session: TenantSession) -> Chosen:
    """Whom the tenant asks."""
    row = (
        await session.execute(
            select(
                SiteSettings.address_provider,
                SiteSettings.address_key,
                Tenant.country,
                Tenant.locale,
            )
            .select_from(Tenant)
            .outerjoin(SiteSettings, SiteSettings.tenant_id == Tenant.id)
            .where(Tenant.id == session.tenant_id)
        )
    ).one()
    return Chosen(*row)


async def tell_if_due(
    session: TenantSession, contact_id: UUID, changed: Collection[str] | None = None
) -> None:
    """Have a contact that was saved looked up after the commit: nobody waits for that.

    *changed* is what of it has changed; None: it is new. Imports and jobs are left to the night.
    """
    if session.actor.channel in (Channel.IMPORT, Channel.JOB):
        return
    if changed is not None and not (ADDRESS | POSITION) & set(changed):
        return
    found = await session.execute(
        select(Contact.postcode, Contact.town, Contact.latitude, Site.position_provenance)
        .outerjoin(Site, Site.contact_id == Contact.id)
        .where(Contact.id == contact_id)
    )
    postcode, town, latitude, whose = found.one()
    if postcode is None and town is None:
        return
    moved = changed is not None and bool(ADDRESS & set(changed))
    if latitude is not None and not (moved and whose == "PROVIDER"):
        return
    if await session.scalar(select(SiteSettings.look_up_on_save)) is not False:
        await session.tell(LookUpDue(contact_id))


async def seek(session: TenantSession, contact_id: UUID) -> Sought | Refused:
    """What to look up of a contact, or why that is nothing. What people have said stays."""
    contact = await session.find(Contact, contact_id, "contact", field="contactId")
    if contact.postcode is None and contact.town is None:
        message = f"'{contact.name[:80]}' has no postcode and no town to look up."
        return Refused("NO_POSTCODE", message, "contactId")
    site = await session.scalar(select(Site).where(Site.contact_id == contact.id))
    if site is not None and site.position_provenance == "MANUAL":
        message = "Its position was set by hand; clear it to have it looked up."
        return Refused("POSITION_IS_MANUAL", message, "contactId")
    chosen = await chosen_by(session)
    return Sought(contact.id, _address(contact, site, chosen.country), chosen)


async def settle(
    session: TenantSession, sought: Sought, found: Found, version: int | None = None
) -> Contact | None:
    """Write what was found, unless the contact is another by now: then None."""
    contact = await session.scalar(
        select(Contact).where(Contact.id == sought.contact_id).with_for_update()
    )
    site = await session.scalar(select(Site).where(Site.contact_id == sought.contact_id))
    if contact is None or (site is not None and site.position_provenance == "MANUAL"):
        return None
    check_version(contact, version)
    if _address(contact, site, sought.chosen.country) != sought.address:
        return None
    place_id = sought.address.place_id
    if (candidate := found.candidate) is not None:
        values: dict[str, Any] = {
            "latitude": candidate.latitude,
            "longitude": candidate.longitude,
        }
        fills = contact.town is None and candidate.town is not None
        if fills:
            values["town"] = candidate.town
        contact, _ = await update_contact(session, contact.id, values)
        await claim(session, contact.id, position=True, address=fills, provenance="PROVIDER")
        place_id = candidate.place_id or place_id
    # An answer that didn't come is asked for again in the next night, an unknown address later.
    looked = found.candidate is not None or found.error == "UNKNOWN"
    await session.execute(
        update(Site)
        .where(Site.contact_id == contact.id)
        .values(
            looked_up_at=session.now if looked else Site.looked_up_at,
            looked_up_by=found.by,
            look_up_error=found.error,
            place_id=place_id,
        )
        .execution_options(synchronize_session=False)
    )
    return contact


async def settle_by_hand(
    session: TenantSession, sought: Sought, found: Found, version: int | None = None
) -> Contact:
    """Write what was found, or refuse: somebody waits to be told."""
    if found.candidate is None and found.error != "UNKNOWN":
        message = "Whoever knows addresses does not answer; try again in a while."
        raise Refused("PROVIDER_UNAVAILABLE", message, "contactId")
    if found.candidate is None:
        message = f"'{sought.address.text[:80]}' is not known in {sought.address.country}."
        raise Refused("POSTCODE_UNKNOWN", message, "contactId")
    contact = await settle(session, sought, found, version)
    if contact is None:
        message = "The contact's address has just been changed. Read it again."
        raise Refused("STALE_VERSION", message, "version")
    return contact


async def due_tonight(session: TenantSession, provider: AddressProvider) -> list[UUID]:
    """The contacts whose place is missing, or was looked up long ago, or by somebody else."""
    old = session.now - timedelta(days=provider.refreshed_days)
    failed = session.now - UNKNOWN_FOR
    looked = func.coalesce(Site.looked_up_at, func.to_timestamp(0))
    found = await session.scalars(
        select(Site.contact_id)
        .join(Contact, Contact.id == Site.contact_id)
        .where(
            Contact.archived_at.is_(None),
            or_(Contact.postcode.is_not(None), Contact.town.is_not(None)),
            or_(
                Site.position_provenance.is_(None) & (looked < failed),
                (Site.position_provenance == "PROVIDER") & (looked < old),
                (Site.position_provenance == "PROVIDER")
                & (Site.looked_up_by != provider.name)
                & Site.look_up_error.is_distinct_from("UNKNOWN"),
            ),
        )
        .order_by(looked, Site.contact_id)
        .limit(MOST_OFFLINE if provider.is_offline else MOST_ASKED)
    )
    return list(found)


async def drop_expired(session: TenantSession, providers: Collection[AddressProvider]) -> int:
    """Take positions away that a provider lets nobody keep any longer."""
    dropped = 0
    for provider in providers:
        if provider.kept_days is None:
            continue
        last = session.now - timedelta(days=provider.kept_days)
        expired = await session.scalars(
            select(Site.contact_id).where(
                Site.position_provenance == "PROVIDER",
                Site.looked_up_by == provider.name,
                Site.looked_up_at < last,
            )
        )
        for key in list(expired):
            await update_contact(session, key, {"latitude": None, "longitude": None})
            dropped += 1
    return dropped


def _address(contact: Contact, site: Site | None, country: str) -> Address:
    return Address(
        contact.street,
        contact.postcode,
        contact.town,
        contact.country or country,
        None if site is None else site.place_id,
    )
