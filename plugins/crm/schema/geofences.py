"""Geofences in the API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import orjson
import strawberry
from sqlalchemy import select
from strawberry.scalars import JSON

from core.contacts.schema import Contact
from core.kit.context import Info
from core.kit.db import Statement, owned
from core.kit.extend import extend
from core.kit.fields import Node, computed, one
from core.kit.sources import Record
from core.roots import Query
from plugins.crm.models import Geofence as GeofenceRow
from plugins.crm.models import Site as SiteRow
from plugins.crm.models import SiteSettings as SettingsRow
from plugins.crm.rules import geojson
from plugins.crm.rules.geofences import DEFAULT_RADIUS_M, Circle


@strawberry.enum(description="What a geofence is.")
class GeofenceKind(Enum):
    CIRCLE = "CIRCLE"
    POLYGON = "POLYGON"
    MULTI_POLYGON = "MULTI_POLYGON"


@strawberry.enum(description="Who a value is from. No refresh overwrites what is MANUAL.")
class Provenance(Enum):
    MANUAL = "MANUAL"
    PROVIDER = "PROVIDER"
    IMPORT = "IMPORT"


def as_geojson(
    longitude: float, latitude: float, radius_m: float | None, outline: str | None
) -> Mapping[str, Any]:
    if radius_m is not None:
        return geojson.written(Circle(longitude, latitude, radius_m).outline())
    return orjson.loads(outline or "{}")  # type: ignore[no-any-return]


@strawberry.type(description="The area in which one counts as being at a contact.")
class Geofence(Node, table=GeofenceRow, requires="crm.read"):
    kind: GeofenceKind
    longitude: float = strawberry.field(description="Of the centre, or the centroid. WGS 84.")
    latitude: float
    radius_m: float | None = strawberry.field(description="Of a circle, in metres.")
    geojson: JSON = computed(
        as_geojson,
        needs=[
            GeofenceRow.longitude,
            GeofenceRow.latitude,
            GeofenceRow.radius_m,
            GeofenceRow.outline,
        ],
        description="The outline, as a GeoJSON `Polygon` or `MultiPolygon`; of a circle, the 64 "
        "corners of a polygon around it.",
    )
    west: float = strawberry.field(description="The least longitude.")
    south: float
    east: float
    north: float
    area_m2: float
    perimeter_m: float = strawberry.field(description="Of the outlines and of the holes.")
    provenance: Provenance | None = strawberry.field(
        description="Null: the default circle, which follows the contact's position."
    )
    is_default: bool = computed(
        lambda provenance: provenance is None, needs=[GeofenceRow.provenance]
    )
    updated_at: datetime
    version: int
    contact: Contact = one(GeofenceRow.contact_id)


@strawberry.type(description="What is known of where a contact is, besides the contact's own.")
class Site(Record, table=SiteRow, requires="crm.read"):
    position_provenance: Provenance | None
    address_provenance: Provenance | None
    looked_up_at: datetime | None = strawberry.field(
        description="When the address was last looked up."
    )
    looked_up_by: str | None = strawberry.field(description="The provider that knew it.")
    look_up_error: str | None = strawberry.field(
        description="`UNKNOWN`: the provider knows no such address; else, in a word, why it did "
        "not answer."
    )


@extend(requires="crm.read")
class ContactGeofence(Contact):
    geofence: Geofence | None = one(
        GeofenceRow.contact_id,
        description="Null while the contact has no position and nobody has drawn one.",
    )
    site: Site | None = one(
        SiteRow.contact_id, description="Null while it has neither address nor position."
    )


@strawberry.type(description="What the tenant has decided for its sites.")
class SiteSettings:
    geofence_radius_m: float = strawberry.field(
        description="Of the circle around a position that becomes known, in metres."
    )
    address_provider: str | None = strawberry.field(
        description="Who is asked for addresses; null: whom the installation asks."
    )
    has_address_key: bool = strawberry.field(description="Whether the tenant has given its own.")
    look_up_on_save: bool = strawberry.field(
        description="Whether a contact that was saved without a position is looked up."
    )
    version: int | None = strawberry.field(description="Null while nothing has been decided.")


_SETTINGS: Any = SettingsRow.__table__
_KEPT = Statement(
    select(
        _SETTINGS.c.geofence_radius_m,
        _SETTINGS.c.address_provider,
        _SETTINGS.c.address_key.is_not(None),
        _SETTINGS.c.look_up_on_save,
        _SETTINGS.c.version,
    ).where(owned(_SETTINGS))
)


async def site_settings(info: Info) -> SiteSettings:
    """What holds for the tenant now."""
    rows = await info.context.fetch(_KEPT.text, [info.context.tenant])
    kept = rows[0] if rows else (DEFAULT_RADIUS_M, None, False, True, None)
    radius_m, provider, has_key, look_up_on_save, version = kept
    return SiteSettings(
        geofence_radius_m=radius_m,
        address_provider=provider,
        has_address_key=has_key,
        look_up_on_save=look_up_on_save,
        version=version,
    )


@extend(requires="crm.read")
class SiteSettingsQueries(Query):
    site_settings: SiteSettings = strawberry.field(
        resolver=site_settings, description="What the tenant has decided for its sites."
    )
