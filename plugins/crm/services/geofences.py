"""Geofences: drawn, moved, resized, and put back to the default circle."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select

from core.contacts.models import Contact
from core.kit.errors import Refused
from core.kit.session import Channel, TenantSession, check_version
from plugins.crm.events import GeofenceChanged
from plugins.crm.models import Geofence
from plugins.crm.rules import geofences as rules
from plugins.crm.rules import geojson
from plugins.crm.rules.geofences import Circle, Fence, Outline
from plugins.crm.services.settings import geofence_radius_m

Position = tuple[float, float]
#: Makes the wanted shape, given the contact's position if it is known.
Drawn = Callable[[Position | None], Fence]


async def set_fence(
    session: TenantSession, contact_id: UUID, draw: Drawn, version: int | None = None
) -> tuple[Geofence, list[Refused]]:
    """Put a shape around a contact in place of what is there, and say if it is far from it."""
    contact = await session.find(Contact, contact_id, "contact", field="contactId", lock=True)
    row = await _row_of(session, contact.id)
    fence = rules.checked(draw(_position(contact)), "shape")
    if row is None:
        row = Geofence(contact_id=contact.id)
        session.add(row)
    else:
        check_version(row, version)
    return await _write(session, row, fence), _far(fence, _position(contact))


async def change(
    session: TenantSession,
    contact_id: UUID,
    turn: Callable[[Fence], Fence],
    field: str,
    version: int | None = None,
) -> Geofence:
    """Turn the shape around a contact into another: one that is moved, resized …"""
    row = await _find(session, contact_id)
    check_version(row, version)
    return await _write(session, row, rules.checked(turn(fence_of(row)), field))


async def reset(session: TenantSession, contact_id: UUID, version: int | None = None) -> Geofence:
    """Put the default circle back around the contact's position, with today's default radius."""
    contact = await session.find(Contact, contact_id, "contact", field="contactId", lock=True)
    position = _position(contact)
    if position is None:
        message = f"'{contact.name[:80]}' has no position that a circle could be around."
        raise Refused("NO_POSITION", message, "contactId")
    row = await _row_of(session, contact.id)
    circle = Circle(*position, await geofence_radius_m(session))
    fence = rules.checked(circle, "contactId")
    if row is None:
        row = Geofence(contact_id=contact.id)
        session.add(row)
    else:
        check_version(row, version)
    return await _write(session, row, fence, by_default=True)


def fence_of(row: Geofence) -> Fence:
    """The shape that a row keeps."""
    if row.outline is None:
        assert row.radius_m is not None  # without an outline it is a circle
        return Circle(row.longitude, row.latitude, row.radius_m)
    return Outline(geojson.stored(row.outline))


async def _write(
    session: TenantSession, row: Geofence, fence: Fence, *, by_default: bool = False
) -> Geofence:
    row.longitude, row.latitude = fence.centre
    if isinstance(fence, Circle):
        row.kind, row.radius_m, row.outline = "CIRCLE", fence.radius_m, None
    else:
        row.outline, row.radius_m = geojson.written(fence.area), None
        row.kind = "POLYGON" if row.outline["type"] == "Polygon" else "MULTI_POLYGON"
    box = fence.box
    row.west, row.south, row.east, row.north = box.west, box.south, box.east, box.north
    row.area_m2, row.perimeter_m = fence.area_m2, fence.perimeter_m
    imported = session.actor.channel is Channel.IMPORT
    row.provenance = None if by_default else "IMPORT" if imported else "MANUAL"
    await session.flush()
    await session.tell(GeofenceChanged(row.contact_id, row.id))
    return row


async def _find(session: TenantSession, contact_id: UUID) -> Geofence:
    contact = await session.find(Contact, contact_id, "contact", field="contactId", lock=True)
    row = await _row_of(session, contact.id)
    if row is None:
        message = f"'{contact.name[:80]}' has no geofence yet: `geofenceSet` draws one."
        raise Refused("NO_GEOFENCE", message, "contactId")
    return row


async def _row_of(session: TenantSession, contact_id: UUID) -> Geofence | None:
    found: Geofence | None = await session.scalar(
        select(Geofence).where(Geofence.contact_id == contact_id)
    )
    return found


def _position(contact: Contact) -> Position | None:
    if contact.longitude is None or contact.latitude is None:
        return None
    return float(contact.longitude), float(contact.latitude)


def _far(fence: Fence, position: Position | None) -> list[Refused]:
    if position is None or (away := rules.apart_m(fence.centre, position)) <= rules.FAR_M:
        return []
    message = f"The geofence is {away / 1000:.0f} km from the contact's position."
    return [Refused("FAR_FROM_CONTACT", message, "shape")]
