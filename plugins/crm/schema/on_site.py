"""Whether somebody at a place is on a contact's site."""

from __future__ import annotations

import math
from enum import Enum
from typing import Any

import orjson
import strawberry
from sqlalchemy import Uuid, bindparam, select

from core.contacts.models import Contact as ContactRow
from core.kit.context import Info
from core.kit.db import Statement, owned
from core.kit.errors import BadInput, NotFound, Refused
from core.kit.extend import extend
from core.kit.ids import key_in
from core.roots import Query
from plugins.crm.models import Geofence as GeofenceRow
from plugins.crm.rules import geofences, geojson
from plugins.crm.rules.geofences import Circle, Fence, Outline


@strawberry.enum(description="What a fix says of being on site.")
class Presence(Enum):
    INSIDE = "INSIDE"
    OUTSIDE = "OUTSIDE"
    UNCERTAIN = strawberry.enum_value(
        "UNCERTAIN", description="The edge is nearer than the fix is accurate."
    )


@strawberry.type(description="Where a place is as seen from a geofence.")
class OnSite:
    presence: Presence
    distance_m: float = strawberry.field(
        description="From the edge of the geofence, in metres, inside as outside."
    )


_CONTACT: Any = ContactRow.__table__
_FENCE: Any = GeofenceRow.__table__
_ASKED = Statement(
    select(
        _FENCE.c.id,
        _FENCE.c.longitude,
        _FENCE.c.latitude,
        _FENCE.c.radius_m,
        _FENCE.c.outline,
    )
    .select_from(_CONTACT.outerjoin(_FENCE, owned(_FENCE) & (_FENCE.c.contact_id == _CONTACT.c.id)))
    .where(owned(_CONTACT), _CONTACT.c.id == bindparam("contact", type_=Uuid))
)


async def is_on_site(
    info: Info, contact_id: strawberry.ID, latitude: float, longitude: float, accuracy_m: float = 0
) -> OnSite:
    place = geojson.position(longitude, latitude, "latitude")
    if not (math.isfinite(accuracy_m) and accuracy_m >= 0):
        raise BadInput(f"'accuracyM' is {accuracy_m:g}; it must be 0 or more metres.")
    given = {
        **_ASKED.constants,
        "tenant": info.context.tenant,
        "contact": key_in(contact_id, "contact", field="contactId"),
    }
    rows = await info.context.fetch(_ASKED.text, [given[name] for name in _ASKED.names])
    if not rows:
        raise NotFound("contact", contact_id, "contactId")
    fence = _fence(rows[0])
    distance, inside = fence.distance_m(*place)
    verdict = geofences.verdict(distance, inside, accuracy_m)
    return OnSite(presence=Presence[verdict], distance_m=round(distance, 3))


def _fence(row: Any) -> Fence:
    key, longitude, latitude, radius_m, outline = row
    if key is None:
        raise Refused("NO_GEOFENCE", "The contact has neither position nor geofence.", "contactId")
    if outline is None:
        return Circle(longitude, latitude, radius_m)
    return Outline(geojson.stored(orjson.loads(outline)))


@extend(requires="crm.read")
class OnSiteQueries(Query):
    is_on_site: OnSite = strawberry.field(
        resolver=is_on_site,
        description="Whether somebody at a place is on a contact's site, given how accurate the "
        "place is. Errors: `NOT_FOUND`, `NO_GEOFENCE`.",
    )
