"""Access hours in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import strawberry
from sqlalchemy import Uuid, bindparam, func, select

from core.contacts.models import Contact as ContactRow
from core.contacts.schema import Contact
from core.kit.context import Info
from core.kit.db import Statement, owned
from core.kit.errors import NotFound
from core.kit.extend import extend
from core.kit.fields import Node, computed, one
from core.kit.ids import key_in
from core.roots import Query
from core.tenancy.models import Tenant as TenantRow
from plugins.crm.models import AccessHours as HoursRow
from plugins.crm.models import Site as SiteRow
from plugins.crm.rules import hours as rules
from plugins.crm.rules import osm
from plugins.crm.rules.hours import Hours
from plugins.crm.schema.geofences import Provenance, Site
from plugins.crm.schema.weeks import AccessWeek, week_of


def as_osm(hours: str) -> str:
    return osm.written(Hours.read(orjson.loads(hours)))


def _week(root: AccessHours) -> AccessWeek:
    return week_of(root)


@strawberry.type(description="When a contact's site may be entered.")
class AccessHours(Node, table=HoursRow, requires="crm.read"):
    opening_hours: str = computed(
        as_osm,
        needs=[HoursRow.hours],
        description="As OpenStreetMap writes them: `Mo-Fr 08:00-12:00,14:00-18:00; PH off`.",
    )
    week: AccessWeek = strawberry.field(
        resolver=_week, description="The same, by weekday, as forms show it."
    )
    time_zone: str | None = strawberry.field(
        description="IANA name; null: that of the position, or the tenant's."
    )
    country: str | None = strawberry.field(
        description="Whose public holidays; null: the contact's country, or the tenant's."
    )
    provenance: Provenance
    version: int
    contact: Contact = one(HoursRow.contact_id)


@extend(requires="crm.read")
class ContactAccessHours(Contact):
    access_hours: AccessHours | None = one(
        HoursRow.contact_id, description="Null: it is open at all times."
    )


@extend(requires="crm.read")
class SiteTimeZone(Site):
    time_zone: str | None = computed(
        rules.zone_at,
        needs=[SiteRow.longitude, SiteRow.latitude],
        description="Of the position: an IANA name.",
    )


_CONTACT: Any = ContactRow.__table__
_HOURS: Any = HoursRow.__table__
_TENANT: Any = TenantRow.__table__
_ASKED = Statement(
    select(
        _HOURS.c.hours,
        _HOURS.c.time_zone,
        _CONTACT.c.longitude,
        _CONTACT.c.latitude,
        _TENANT.c.time_zone,
        func.coalesce(_HOURS.c.country, _CONTACT.c.country, _TENANT.c.country),
    )
    .select_from(
        _CONTACT.join(_TENANT, _TENANT.c.id == _CONTACT.c.tenant_id).outerjoin(
            _HOURS, owned(_HOURS) & (_HOURS.c.contact_id == _CONTACT.c.id)
        )
    )
    .where(owned(_CONTACT), _CONTACT.c.id == bindparam("contact", type_=Uuid))
)


async def _known(info: Info, contact_id: str) -> tuple[Hours, ZoneInfo, str]:
    """The hours of a contact, and the clocks and holidays by which they are read."""
    given = {
        **_ASKED.constants,
        "tenant": info.context.tenant,
        "contact": key_in(contact_id, "contact", field="contactId"),
    }
    rows = await info.context.fetch(_ASKED.text, [given[name] for name in _ASKED.names])
    if not rows:
        raise NotFound("contact", contact_id, "contactId")
    stored, own, longitude, latitude, tenants, country = rows[0]
    place = (None, None) if longitude is None else (float(longitude), float(latitude))
    zone = own or rules.zone_at(*place) or tenants
    return (
        (rules.ALWAYS if stored is None else Hours.read(orjson.loads(stored))),
        ZoneInfo(zone),
        country,
    )


async def is_open(info: Info, contact_id: strawberry.ID, at: datetime) -> bool:
    hours, zone, country = await _known(info, contact_id)
    return rules.is_open(hours, at, zone, country)


async def next_open(info: Info, contact_id: strawberry.ID, at: datetime) -> datetime | None:
    hours, zone, country = await _known(info, contact_id)
    return rules.next_open(hours, at, zone, country)


@extend(requires="crm.read")
class AccessHoursQueries(Query):
    is_open: bool = strawberry.field(
        resolver=is_open,
        description="Whether a contact's site may be entered at an instant. Errors: `NOT_FOUND`.",
    )
    next_open: datetime | None = strawberry.field(
        resolver=next_open,
        description="The instant itself if it may be entered then, else when it next may; null: "
        "not within 400 days. Errors: `NOT_FOUND`.",
    )
