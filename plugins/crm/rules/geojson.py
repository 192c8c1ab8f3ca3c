"""Reads GeoJSON as strictly as it must be: what is wrong is refused with its place, not mended."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Any

from shapely import MultiPolygon, Polygon
from shapely.validation import explain_validity

from core.kit.errors import Refused

Area = Polygon | MultiPolygon
MAX_VERTICES = 10_000
_WHY = re.compile(r"(?P<why>.*)\[(?P<lng>\S+) (?P<lat>\S+)\]\Z")
#: What is said of the reasons that the library gives.
_CODES = {
    "Self-intersection": ("SELF_INTERSECTION", "The outline crosses itself"),
    "Ring Self-intersection": ("SELF_INTERSECTION", "The outline touches itself"),
    "Hole lies outside shell": ("HOLE_OUTSIDE", "A hole lies outside its polygon"),
    "Holes are nested": ("HOLE_OUTSIDE", "A hole lies within another"),
    "Nested shells": ("POLYGONS_OVERLAP", "A polygon lies within another"),
    "Interior is disconnected": ("SELF_INTERSECTION", "Holes cut the polygon in two"),
    "Too few points in geometry component": ("TOO_FEW_POSITIONS", "A ring has too few corners"),
}


def read(given: Any, field: str = "geojson") -> Area:
    """The polygon, or polygons, that a GeoJSON geometry means."""
    if not isinstance(given, dict) or given.get("type") not in ("Polygon", "MultiPolygon"):
        said = given.get("type") if isinstance(given, dict) else type(given).__name__
        raise _refused(
            "INVALID_GEOJSON",
            f"It is '{str(said)[:40]}'; a GeoJSON Polygon or MultiPolygon is wanted.",
            field,
        )
    polygons = _list(given.get("coordinates"), f"{field}.coordinates")
    if given["type"] == "Polygon":
        polygons, paths = [polygons], [f"{field}.coordinates"]
    else:
        paths = [f"{field}.coordinates.{i}" for i in range(len(polygons))]
    _count(polygons, field)
    made = [_polygon(rings, path) for rings, path in zip(polygons, paths, strict=True)]
    area: Area = made[0] if given["type"] == "Polygon" else MultiPolygon(made)
    check(area, field)
    return area


def check(area: Area, field: str) -> None:
    """Refuse an outline that crosses itself, and the like, with the place where it does."""
    if area.is_valid:
        return
    found = _WHY.match(explain_validity(area))
    why, place = (found["why"], f" at {found['lng']}, {found['lat']}") if found else ("", "")
    code, sentence = _CODES.get(why, ("INVALID_GEOJSON", "It encloses no area"))
    raise _refused(code, f"{sentence}{place} (longitude, latitude).", field)


def written(area: Area) -> dict[str, Any]:
    """The geometry as GeoJSON; each ring begins and turns as it did when it was read."""
    if isinstance(area, MultiPolygon):
        return {"type": "MultiPolygon", "coordinates": [_rings(p) for p in area.geoms]}
    return {"type": "Polygon", "coordinates": _rings(area)}


def stored(geometry: dict[str, Any]) -> Area:
    """The geometry that ``written`` has written."""
    made = [
        Polygon(rings[0], rings[1:])
        for rings in (
            geometry["coordinates"]
            if geometry["type"] == "MultiPolygon"
            else [geometry["coordinates"]]
        )
    ]
    return MultiPolygon(made) if geometry["type"] == "MultiPolygon" else made[0]


def edges(area: Area) -> list[float]:
    """The sides, as the database looks through them: all x1, all y1, all x2, all y2."""
    polygons = area.geoms if isinstance(area, MultiPolygon) else [area]
    rings = [ring.coords for p in polygons for ring in (p.exterior, *p.interiors)]
    sides = [(*here, *there) for ring in rings for here, there in pairwise(ring)]
    return [number for numbers in zip(*sides, strict=True) for number in numbers]


def position(longitude: Any, latitude: Any, field: str) -> tuple[float, float]:
    """A longitude and a latitude, in degrees."""
    lng, lat = _number(longitude, field), _number(latitude, field)
    if abs(lat) > 90 and abs(lng) <= 90:
        raise _refused(
            "POSITION_OUT_OF_RANGE",
            f"The latitude is {lat:g}. GeoJSON has the longitude first: are the two swapped?",
            field,
        )
    if abs(lat) > 90 or abs(lng) > 180:
        message = f"{lng:g}, {lat:g} is not a longitude and a latitude in degrees."
        raise _refused("POSITION_OUT_OF_RANGE", message, field)
    return lng, lat


def _polygon(rings: Any, path: str) -> Polygon:
    read_ = [_ring(ring, f"{path}.{i}") for i, ring in enumerate(_list(rings, path))]
    return Polygon(read_[0], read_[1:])


def _ring(ring: Any, path: str) -> list[tuple[float, float]]:
    given = _list(ring, path)
    if len(given) < 4:
        message = f"A ring has {len(given)} positions; the least is 4, the last being the first."
        raise _refused("TOO_FEW_POSITIONS", message, path)
    found = [_vertex(vertex, f"{path}.{i}") for i, vertex in enumerate(given)]
    if found[0] != found[-1]:
        raise _refused("RING_NOT_CLOSED", "A ring must end where it begins.", f"{path}.0")
    for i, (here, there) in enumerate(pairwise(found)):
        if abs(here[0] - there[0]) > 180:
            message = "The outline crosses the 180th meridian: it can't be kept."
            raise _refused("ANTIMERIDIAN", message, f"{path}.{i}")
    return found


def _vertex(vertex: Any, path: str) -> tuple[float, float]:
    if not isinstance(vertex, list) or len(vertex) not in (2, 3):
        message = "A position is a list of longitude and latitude."
        raise _refused("INVALID_GEOJSON", message, path)
    return position(vertex[0], vertex[1], path)


def _number(given: Any, path: str) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise _refused("INVALID_GEOJSON", f"'{str(given)[:40]}' is not a number.", path)
    try:
        number = float(given)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _refused("NOT_FINITE", f"'{str(given)[:40]}' is not a finite number.", path)
    return number


def _list(given: Any, path: str) -> list[Any]:
    if not isinstance(given, list):
        raise _refused("INVALID_GEOJSON", "Here, a list is wanted.", path)
    if not given:
        raise _refused("GEOMETRY_EMPTY", "The geometry is empty.", path)
    return given


def _count(polygons: list[Any], field: str) -> None:
    rings = [ring for polygon in polygons if isinstance(polygon, list) for ring in polygon]
    count = sum(len(ring) for ring in rings if isinstance(ring, list))
    if count > MAX_VERTICES:
        message = f"The geometry has {count} positions; {MAX_VERTICES} are allowed."
        raise _refused("TOO_MANY_VERTICES", message, field)


def _rings(polygon: Polygon) -> list[Any]:
    return [[list(c) for c in ring.coords] for ring in (polygon.exterior, *polygon.interiors)]


def _refused(code: str, message: str, field: str) -> Refused:
    return Refused(code, message, field)
