"""Contacts by where they are: whose geofence holds a place, and who lies within an area."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import strawberry
from sqlalchemy import ARRAY, BigInteger, Double, case, column, func, literal_column, select, true
from sqlalchemy.sql import ColumnElement, FromClause
from strawberry.scalars import JSON

from core.contacts.models import Contact as ContactRow
from core.contacts.schema import Contact, ContactFilter
from core.kit.arguments import Args, Bind
from core.kit.connections import Connection
from core.kit.db import owned
from core.kit.extend import extend
from core.kit.fields import declared
from core.kit.filters import Test
from core.kit.order import Order, core
from core.kit.relation import Relation
from core.kit.sql import key_of
from core.roots import Query
from plugins.crm.models import Geofence as GeofenceRow
from plugins.crm.models import GeofenceCell as CellRow
from plugins.crm.models import GeofenceEdges as EdgesRow
from plugins.crm.models import Site as SiteRow
from plugins.crm.rules import geojson
from plugins.crm.rules.areas import area_of
from plugins.crm.rules.geofences import EDGE_M
from plugins.crm.rules.places import stretches

_FENCE: Any = GeofenceRow.__table__
_CELL: Any = CellRow.__table__
_EDGES: Any = EdgesRow.__table__
_SITE: Any = SiteRow.__table__


@strawberry.input(description="A place, in degrees, WGS 84.")
class PlaceInput:
    latitude: float
    longitude: float


@strawberry.input(description="What lies between two meridians and two parallels.")
class BoxInput:
    west: float
    south: float
    east: float
    north: float


@strawberry.input(description="What is no further than so many metres from a place.")
class CircleInput:
    latitude: float
    longitude: float
    radius_m: float


@strawberry.input(description="An area to look in: one of the three.")
class AreaInput:
    box: BoxInput | None = strawberry.UNSET
    circle: CircleInput | None = strawberry.UNSET
    geojson: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="A GeoJSON `Polygon` or `MultiPolygon`, with 1000 positions at most.",
    )


def degrees(name: str, args: Args) -> float:
    """A coordinate among the arguments, with the other one, if it is one."""
    geojson.position(args["longitude"], args["latitude"], name)
    return float(args[name])


def holding(table: FromClause, longitude: Any, latitude: Any) -> ColumnElement[bool]:
    """Whether a contact's geofence holds a place; its edge does."""
    fence, cell, sides = _FENCE.alias(), _CELL.alias(), _EDGES.alias()
    edges = select(sides.c.edges).where(owned(sides), sides.c.geofence_id == fence.c.id)
    away = func.crm_apart_m(fence.c.longitude, fence.c.latitude, longitude, latitude)
    found = (
        select(fence.c.contact_id)
        .select_from(cell.join(fence, owned(fence) & (fence.c.id == cell.c.geofence_id)))
        .where(
            owned(cell),
            cell.c.cell == func.any(func.crm_cells_at(longitude, latitude)),
            longitude.between(fence.c.west, fence.c.east),
            latitude.between(fence.c.south, fence.c.north),
            case(
                (fence.c.radius_m.is_not(None), away <= fence.c.radius_m + EDGE_M),
                else_=func.crm_covers(edges.scalar_subquery(), longitude, latitude),
            ),
        )
    )
    # An array, not a join: they are few, and PostgreSQL can't know that.
    return key_of(table) == func.any(func.array(found.scalar_subquery()))  # type: ignore[no-any-return]


def _at_place(table: FromClause, bind: Bind) -> list[ColumnElement[bool]]:
    place = (bind(partial(degrees, name), Double()) for name in ("longitude", "latitude"))
    return [holding(table, *place)]


@dataclass(frozen=True)
class Holds(Test):
    """The test of ``geofenceContains``."""

    column: Any = None
    is_checked: ClassVar[bool] = True

    async def check(self, given: Any, context: Any) -> None:
        degrees("longitude", given)

    def conditions(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        def coordinate(key: str) -> Any:
            return bind(lambda args: args["where"][name][key], Double())

        return [holding(table, coordinate("longitude"), coordinate("latitude"))]


@dataclass(frozen=True)
class Within(Test):
    """The test of ``within``: the index gives the stretches of an area, then each is looked at."""

    column: Any = None
    is_checked: ClassVar[bool] = True

    async def check(self, given: Any, context: Any) -> None:
        area_of(given)

    def conditions(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        def read(of: Callable[[Any], Any], type_: Any = None) -> Any:
            return bind(lambda args: of(area_of(args["where"][name])), type_ or Double())

        site = _SITE.alias()
        firsts = read(lambda a: [first for first, _ in stretches(a.box)], ARRAY(BigInteger))
        lasts = read(lambda a: [last for _, last in stretches(a.box)], ARRAY(BigInteger))
        stretch = (
            func.unnest(firsts, lasts)
            .table_valued(column("first", BigInteger), column("last", BigInteger))
            .render_derived()
        )
        # One look into the index per stretch: joined, PostgreSQL would rather read the whole table.
        near = (
            select(site.c.contact_id, site.c.longitude, site.c.latitude)
            .where(
                owned(site),
                site.c.place.between(stretch.c.first, stretch.c.last),
                site.c.longitude.between(read(lambda a: a.box.west), read(lambda a: a.box.east)),
                site.c.latitude.between(read(lambda a: a.box.south), read(lambda a: a.box.north)),
            )
            .offset(literal_column("0"))
            .lateral()
        )
        kind = next((kind for kind in _EXACT if given.get(kind) is not None), "box")
        found = select(near.c.contact_id).select_from(stretch.join(near, true()))
        found = found.where(*_EXACT[kind](near, read))
        return [key_of(table).in_(found)]


def _in_circle(near: Any, read: Any) -> list[ColumnElement[bool]]:
    centre = (read(lambda a: a.fence.longitude), read(lambda a: a.fence.latitude))
    away = func.crm_apart_m(*centre, near.c.longitude, near.c.latitude)
    return [away <= read(lambda a: a.fence.radius_m + EDGE_M)]


def _in_outline(near: Any, read: Any) -> list[ColumnElement[bool]]:
    edges = read(lambda a: geojson.edges(a.fence.area), ARRAY(Double))
    return [func.crm_covers(edges, near.c.longitude, near.c.latitude)]


#: What is asked besides the box around the area.
_EXACT: dict[str, Callable[[Any, Any], list[ColumnElement[bool]]]] = {
    "box": lambda near, read: [],
    "circle": _in_circle,
    "geojson": _in_outline,
}


@extend(requires="crm.read")
class SitedContacts(ContactFilter):
    geofence_contains: PlaceInput | None = strawberry.field(
        default=strawberry.UNSET,
        metadata={"test": Holds()},
        description="Its geofence holds this place. Needs `crm.read`.",
    )
    within: AreaInput | None = strawberry.field(
        default=strawberry.UNSET,
        metadata={"test": Within()},
        description="Its position is in this area. Needs `crm.read`.",
    )


#: The ones whose geofence holds the place that the field's arguments name.
CONTAINING = Relation(
    core(ContactRow.__table__),
    order=(Order(core(ContactRow.name_key)),),
    tie=Order(core(ContactRow.id)),
    paged=True,
    given=_at_place,
)


@extend(requires="crm.read")
class PlaceQueries(Query):
    contacts_containing: Connection[Contact] = declared(
        CONTAINING,
        "The contacts whose geofence holds a place; the edge of a geofence belongs to it.",
        latitude=(float, strawberry.UNSET),
        longitude=(float, strawberry.UNSET),
        first=(int, 50),
        after=(str | None, strawberry.UNSET),
    )
