"""Drawing, moving and resizing geofences, and the radius of those to come."""

from __future__ import annotations

from typing import Any

import strawberry
from strawberry.scalars import JSON

from core.kit.context import Info
from core.kit.errors import Refused
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from plugins.crm.rules import geofences as rules
from plugins.crm.rules import geojson
from plugins.crm.rules.geofences import Fence, Outline
from plugins.crm.schema.geofences import Geofence, SiteSettings, site_settings
from plugins.crm.schema.places import PlaceInput
from plugins.crm.services import geofences
from plugins.crm.services.geofences import Position
from plugins.crm.services.settings import update_settings


@strawberry.input(description="A circle around a place, or around the contact's position.")
class GeofenceCircleInput:
    radius_m: float = strawberry.field(description="From 1 to 100 000 metres.")
    centre: PlaceInput | None = strawberry.field(
        default=strawberry.UNSET, description="Without it, the contact's position."
    )


@strawberry.input(description="The shape of a geofence: one of the two.")
class GeofenceShapeInput:
    circle: GeofenceCircleInput | None = strawberry.UNSET
    geojson: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="A GeoJSON `Polygon` or `MultiPolygon`, with 10 000 positions at most.",
    )


@strawberry.input
class GeofenceSetInput:
    contact_id: strawberry.ID
    shape: GeofenceShapeInput
    version: int | None = strawberry.UNSET


@strawberry.input
class OffsetInput:
    east_m: float = strawberry.field(default=0, description="Metres; to the west below 0.")
    north_m: float = strawberry.field(default=0, description="Metres; to the south below 0.")


@strawberry.input(
    description="Where the centre, or the centroid, comes to be: there, or so far from where it is."
)
class GeofenceWayInput:
    to: PlaceInput | None = strawberry.UNSET
    by: OffsetInput | None = strawberry.UNSET


@strawberry.input
class GeofenceMoveInput:
    contact_id: strawberry.ID
    way: GeofenceWayInput
    version: int | None = strawberry.UNSET


@strawberry.input
class GeofenceResizeInput:
    contact_id: strawberry.ID
    factor: float = strawberry.field(description="Of lengths, from 0.01 to 100.")
    version: int | None = strawberry.UNSET


@strawberry.input
class GeofenceMoveVertexInput:
    contact_id: strawberry.ID
    index: int = strawberry.field(description="The position in its ring, from 0.")
    to: PlaceInput
    polygon: int = strawberry.field(default=0, description="Of a `MULTI_POLYGON`, from 0.")
    ring: int = strawberry.field(default=0, description="0 is the outline, the others are holes.")
    version: int | None = strawberry.UNSET


@strawberry.input
class GeofenceResetInput:
    contact_id: strawberry.ID
    version: int | None = strawberry.UNSET


@strawberry.input(description="What isn't given stays as it is.")
class SiteSettingsUpdateInput:
    geofence_radius_m: float | None = strawberry.field(
        default=strawberry.UNSET, description="Of default circles to come: 1 to 5000 metres."
    )
    address_provider: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Who is asked for addresses, one of `addressProviders`; null: whom the "
        "installation asks. The key goes with the provider.",
    )
    address_key: str | None = strawberry.field(
        default=strawberry.UNSET, description="The tenant's own. It is never shown again."
    )
    look_up_on_save: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Look up the position of a contact that was saved without one.",
    )
    version: int | None = strawberry.UNSET


@strawberry.type
class GeofencePayload(Payload):
    geofence: Geofence | None = written()


async def _written(root: strawberry.Parent[Payload], info: Info) -> SiteSettings | None:
    return await site_settings(info) if root.key else None


@strawberry.type
class SiteSettingsPayload(Payload):
    site_settings: SiteSettings | None = strawberry.field(
        resolver=_written, description="As they are now."
    )


@extend(requires="crm.sites")
class GeofenceMutations(Mutation):
    @mutation
    async def geofence_set(
        info: Info, session: TenantSession, input: GeofenceSetInput
    ) -> GeofencePayload:
        """Draw a contact's geofence anew. Nothing is mended: what is wrong is refused.

        Refuses, with the place in `field` or in the message: `SELF_INTERSECTION`, `NOT_FINITE`,
        `POSITION_OUT_OF_RANGE`, `TOO_FEW_POSITIONS`, `TOO_MANY_VERTICES`, `RING_NOT_CLOSED`,
        `HOLE_OUTSIDE`, `POLYGONS_OVERLAP`, `ANTIMERIDIAN`, `INVALID_GEOJSON`, `GEOMETRY_EMPTY`,
        `RADIUS_OUT_OF_RANGE`, `GEOFENCE_TOO_LARGE`, `GEOFENCE_TOO_SMALL`, `NO_POSITION`,
        `NOT_ONE`, `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`. Warns: `FAR_FROM_CONTACT`.
        """
        given = values(input, contact_id="contact")
        row, warnings = await geofences.set_fence(
            session,
            given["contact_id"],
            lambda position: _drawn(input.shape, position),
            given.get("version"),
        )
        return GeofencePayload.of(row, *warnings)

    @mutation
    async def geofence_move(
        info: Info, session: TenantSession, input: GeofenceMoveInput
    ) -> GeofencePayload:
        """Move a geofence; it keeps its shape and its size, in metres.

        Refuses: `NO_GEOFENCE`, `POSITION_OUT_OF_RANGE`, `ANTIMERIDIAN`, `NOT_ONE`,
        `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`.
        """

        def moved(fence: Fence) -> Fence:
            to, by = input.way.to or None, input.way.by or None
            if to is not None and by is None:
                return fence.moved(*geojson.position(to.longitude, to.latitude, "way.to"))
            if by is not None and to is None:
                return fence.moved(*rules.shifted(fence, by.east_m, by.north_m))
            raise Refused("NOT_ONE", "Give either `to` or `by`.", "way")

        return await _changed(session, input, moved, "way")

    @mutation
    async def geofence_resize(
        info: Info, session: TenantSession, input: GeofenceResizeInput
    ) -> GeofencePayload:
        """Make a geofence larger or smaller around its centre.

        Refuses: `NO_GEOFENCE`, `FACTOR_OUT_OF_RANGE`, `RADIUS_OUT_OF_RANGE`,
        `GEOFENCE_TOO_LARGE`, `GEOFENCE_TOO_SMALL`, `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`.
        """
        factor = rules.factor(input.factor)
        return await _changed(session, input, lambda fence: fence.resized(factor), "factor")

    @mutation
    async def geofence_move_vertex(
        info: Info, session: TenantSession, input: GeofenceMoveVertexInput
    ) -> GeofencePayload:
        """Move one corner of an outline; all others stay where they are.

        Refuses: `NO_GEOFENCE`, `NO_VERTICES` (it is a circle), `NO_SUCH_VERTEX`,
        `POSITION_OUT_OF_RANGE`, `SELF_INTERSECTION` and what else `geofenceSet` refuses.
        """

        def turned(fence: Fence) -> Fence:
            if not isinstance(fence, Outline):
                raise Refused("NO_VERTICES", "It is a circle: it has no corners.", "contactId")
            to = geojson.position(input.to.longitude, input.to.latitude, "to")
            return fence.with_vertex(input.polygon, input.ring, input.index, *to)

        return await _changed(session, input, turned, "to")

    @mutation
    async def geofence_reset(
        info: Info, session: TenantSession, input: GeofenceResetInput
    ) -> GeofencePayload:
        """Put the default circle back around the contact's position.

        Refuses: `NO_POSITION`, `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`.
        """
        given = values(input, contact_id="contact")
        return GeofencePayload.of(await geofences.reset(session, **given))


@extend(requires="crm.configure")
class SiteSettingsMutations(Mutation):
    @mutation
    async def site_settings_update(
        info: Info, session: TenantSession, input: SiteSettingsUpdateInput
    ) -> SiteSettingsPayload:
        """Change what holds for the tenant's sites. No geofence that is there changes.

        Refuses: `RADIUS_OUT_OF_RANGE`, `UNKNOWN_PROVIDER`, `PROVIDER_MISSING`, `KEY_MISSING`,
        `ENCRYPTION_KEY_MISSING`, `TOO_LONG`, `INVALID_CHARACTERS`, `STALE_VERSION`.
        """
        schema: Any = info.schema
        changed = await update_settings(
            session,
            schema.modules.address_providers,
            info.context.settings,
            **values(input),
        )
        return SiteSettingsPayload.of(changed)


async def _changed(session: TenantSession, input_: Any, turn: Any, field: str) -> GeofencePayload:
    given = values(input_, contact_id="contact")
    row = await geofences.change(session, given["contact_id"], turn, field, given.get("version"))
    return GeofencePayload.of(row)


def _drawn(shape: GeofenceShapeInput, position: Position | None) -> Fence:
    drawn = None if shape.geojson is strawberry.UNSET else shape.geojson
    if bool(shape.circle) == (drawn is not None):
        raise Refused("NOT_ONE", "Give either `circle` or `geojson`.", "shape")
    if not shape.circle:
        return Outline(geojson.read(drawn, "shape.geojson"))
    centre = shape.circle.centre
    if centre:
        position = centre.longitude, centre.latitude
    if position is None:
        message = "The contact has no position: say what the circle's centre is."
        raise Refused("NO_POSITION", message, "shape.circle.centre")
    field = "shape.circle.centre." if centre else "shape.circle."
    made = rules.circle(*position, 1, field)
    return rules.Circle(*made.centre, rules.radius(shape.circle.radius_m, "shape.circle.radiusM"))
