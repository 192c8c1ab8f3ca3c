"""Who a contact's position and address are from."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import case, update

from core.kit.session import Channel, TenantSession
from plugins.crm.models import Site

POSITION = frozenset({"latitude", "longitude"})
ADDRESS = frozenset({"street", "postcode", "town", "country"})
#: What the database writes by itself is an import's: whoever else writes says so afterwards.
_BY_ITSELF = frozenset({Channel.IMPORT, Channel.JOB})


async def forget_look_up(session: TenantSession, contact_id: UUID) -> None:
    """Forget what was found of an address: it is another one now."""
    await session.execute(
        update(Site)
        .where(Site.contact_id == contact_id)
        .values(looked_up_at=None, looked_up_by=None, look_up_error=None, place_id=None)
        .execution_options(synchronize_session=False)
    )


async def claim(
    session: TenantSession,
    contact_id: UUID,
    *,
    position: bool,
    address: bool,
    provenance: str | None = None,
) -> None:
    """Say whom the position, or the address, of a contact is from: the caller, if nobody says."""
    if provenance is None and session.actor.channel in _BY_ITSELF:
        return
    whose = provenance or "MANUAL"
    written = {}
    if position:
        written["position_provenance"] = case((Site.longitude.is_not(None), whose))
    if address:
        written["address_provenance"] = case((Site.address_provenance.is_not(None), whose))
    if written:
        await session.execute(
            update(Site)
            .where(Site.contact_id == contact_id)
            .values(written)
            .execution_options(synchronize_session=False)
        )
