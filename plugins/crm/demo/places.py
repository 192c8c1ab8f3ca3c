"""Where the story's contacts are entered, and when: hours, and geofences that are drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.contacts.models import Contact
from core.kit.session import TenantSession
from plugins.crm.rules import geojson, osm
from plugins.crm.rules.geofences import Circle, Fence, Outline
from plugins.crm.rules.plane import Plane
from plugins.crm.services import geofences
from plugins.crm.services.hours import set_hours

HOURS = (
    "Mo-Fr 08:00-12:00,14:00-18:00; PH off; {year} Dec 24 08:00-12:00; "
    "{year} Dec 28-{year} Dec 31 off",
    "Mo-Fr 07:30-19:00; Sa 09:00-12:00; PH off",
    "Mo-Th 09:00-12:30,13:30-17:00; Fr 09:00-12:30; PH off",
    "Mo-Su 06:00-23:00",
    "Mo-Fr 20:00-04:00; PH off",
)
#: In metres east and north of the position: a building around a yard, and two buildings.
YARD = [(-45, -30), (45, -30), (45, 30), (20, 30), (20, -5), (-20, -5), (-20, 30), (-45, 30)]
HALLS = (
    [(-70, -25), (-10, -25), (-10, 25), (-70, 25)],
    [(15, -20), (65, -20), (65, 40), (15, 40)],
)
GATE_M = 60.0


async def tell_hours(session: TenantSession, rows: Sequence[Contact]) -> None:
    year = session.now.year
    for contact, text in zip(rows, HOURS, strict=False):
        await set_hours(session, contact.id, osm.read(text.format(year=year)))


async def draw(session: TenantSession, rows: Sequence[Contact]) -> None:
    """A yard around the first, a circle around the second, two halls at the third."""
    shapes = (_yard, _gate, _halls)
    for contact, shape in zip(rows, shapes, strict=False):
        if contact.longitude is not None and contact.latitude is not None:
            place = float(contact.longitude), float(contact.latitude)
            fence = shape(*place)
            await geofences.set_fence(session, contact.id, lambda _at, drawn=fence: drawn)  # type: ignore[misc]


def _yard(longitude: float, latitude: float) -> Fence:
    return _outline(longitude, latitude, YARD)


def _gate(longitude: float, latitude: float) -> Fence:
    return Circle(longitude, latitude, GATE_M)


def _halls(longitude: float, latitude: float) -> Fence:
    return _outline(longitude, latitude, *HALLS)


def _outline(longitude: float, latitude: float, *rings: list[tuple[int, int]]) -> Fence:
    plane = Plane(longitude, latitude)
    outlines = [plane.degrees(np.array([*ring, ring[0]], dtype=float)).tolist() for ring in rings]
    drawn = {"type": "MultiPolygon", "coordinates": [[outline] for outline in outlines]}
    if len(outlines) == 1:
        drawn = {"type": "Polygon", "coordinates": outlines}
    return Outline(geojson.read(drawn, "shape"))
