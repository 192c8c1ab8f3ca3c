"""An area that contacts are looked for in: a box, a circle, or an outline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from core.kit.errors import Refused
from plugins.crm.rules import geofences, geojson
from plugins.crm.rules.geofences import Box, Fence, Outline

#: Each is held against each contact that may be inside.
MOST_CORNERS = 1000


@dataclass(frozen=True)
class Area:
    """Where to look, and the box around it."""

    box: Box
    fence: Any = None


def area_of(given: Mapping[str, Any]) -> Area:
    """What an input of the API means: ``{"box": …}``, ``{"circle": …}`` or ``{"geojson": …}``."""
    return _read(orjson.dumps(given))


@lru_cache(maxsize=32)
def _read(text: bytes) -> Area:
    """Read once, although each parameter of a statement asks for its part of it."""
    given = orjson.loads(text)
    if sum(value is not None for value in given.values()) != 1:
        raise Refused("NOT_ONE", "Give one of box, circle and geojson.", "within")
    if (box := given.get("box")) is not None:
        return Area(_box(box))
    if (circle := given.get("circle")) is not None:
        centre = circle["longitude"], circle["latitude"]
        return _around(geofences.circle(*centre, circle["radiusM"], "within.circle."))
    return _outlined(given.get("geojson"))


def _outlined(given: Any) -> Area:
    area = geojson.read(given, "within.geojson")
    corners = len(geojson.edges(area)) // 4
    if corners > MOST_CORNERS:
        message = f"The area has {corners} sides; {MOST_CORNERS} are allowed."
        raise Refused("TOO_MANY_VERTICES", message, "within.geojson")
    return Area(Outline(area).box, Outline(area))


def _around(fence: Fence) -> Area:
    geofences.checked(fence, "within.circle")
    return Area(fence.box, fence)


def _box(given: Mapping[str, float]) -> Box:
    geojson.position(given["west"], given["south"], "within.box")
    geojson.position(given["east"], given["north"], "within.box")
    if given["west"] > given["east"] or given["south"] > given["north"]:
        message = "A box goes from west to east and from south to north, as numbers do."
        raise Refused("INVALID_BOX", message, "within.box")
    return Box(given["west"], given["south"], given["east"], given["north"])
