"""Geofences: circles that stay circles, polygons that keep shape and size when they are moved."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import numpy as np
import shapely
from shapely import Point, Polygon

from core.kit.errors import Refused
from plugins.crm.rules import geojson
from plugins.crm.rules.geojson import Area
from plugins.crm.rules.plane import Pairs, Plane

DEFAULT_RADIUS_M = 20.0
MIN_RADIUS_M, MAX_RADIUS_M = 1.0, 100_000.0
MAX_DEFAULT_RADIUS_M = 5_000.0
MIN_AREA_M2, MAX_EXTENT_M = 1.0, 200_000.0
MIN_FACTOR, MAX_FACTOR = 0.01, 100.0
#: A ten-thousandth of a millimetre: what is kept of a degree.
DIGITS = 12
#: Further than this from its contact, a geofence is probably somebody else's.
FAR_M = 50_000.0
#: So near to the edge is on it.
EDGE_M = 0.001
#: Up to here a plane is as good as the earth; further away, the sphere is.
PLANE_M = 300_000.0
#: Corners of the polygon that shows a circle.
CORNERS = 64

Verdict = Literal["INSIDE", "OUTSIDE", "UNCERTAIN"]


@dataclass(frozen=True)
class Box:
    """The least and greatest longitude and latitude of a shape."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class Circle:
    longitude: float
    latitude: float
    radius_m: float

    @property
    def centre(self) -> tuple[float, float]:
        return self.longitude, self.latitude

    @property
    def area_m2(self) -> float:
        return math.pi * self.radius_m**2

    @property
    def perimeter_m(self) -> float:
        return 2 * math.pi * self.radius_m

    @property
    def box(self) -> Box:
        return _box(shapely.get_coordinates(self.outline(256)))

    def outline(self, corners: int = CORNERS) -> Polygon:
        """A polygon around it, its sides touching the circle: what it holds is held."""
        turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
        reach = self.radius_m / math.cos(math.pi / corners)
        round_ = np.column_stack([np.cos(turn), np.sin(turn)]) * reach
        return Polygon(Plane(*self.centre).degrees(round_))

    def moved(self, longitude: float, latitude: float) -> Self:
        return replace(self, longitude=_kept(longitude), latitude=_kept(latitude))

    def resized(self, factor: float) -> Self:
        return replace(self, radius_m=self.radius_m * factor)

    def distance_m(self, longitude: float, latitude: float) -> tuple[float, bool]:
        """How far a place is from the outline, and whether it is inside: the edge is."""
        away = apart_m(self.centre, (longitude, latitude))
        if away < PLANE_M:
            (offset,) = Plane(*self.centre).metres(np.array([[longitude, latitude]]))
            away = math.hypot(*offset)
        return abs(away - self.radius_m), away - self.radius_m <= EDGE_M


@dataclass(frozen=True)
class Outline:
    """A polygon, or several, with or without holes."""

    area: Area

    @property
    def centre(self) -> tuple[float, float]:
        """The centroid."""
        plane = self._plane()
        flat = shapely.centroid(shapely.transform(self.area, plane.metres))
        ((lng, lat),) = plane.degrees(shapely.get_coordinates(flat))
        return float(lng), float(lat)

    @property
    def area_m2(self) -> float:
        return float(shapely.area(self._flat()))

    @property
    def perimeter_m(self) -> float:
        """Of the outlines and of the holes."""
        return float(shapely.length(self._flat()))

    @property
    def box(self) -> Box:
        return _box(shapely.get_coordinates(self.area))

    def moved(self, longitude: float, latitude: float) -> Self:
        """The same shape with its centroid there."""
        here, there = Plane(*self.centre), Plane(longitude, latitude)
        return self._turned_to(lambda corners: there.degrees(here.metres(corners)))

    def resized(self, factor: float) -> Self:
        here = Plane(*self.centre)
        return self._turned_to(lambda corners: here.degrees(here.metres(corners) * factor))

    def with_vertex(
        self, polygon: int, ring: int, index: int, longitude: float, latitude: float
    ) -> Self:
        """The same with one corner elsewhere; the first is the last, so they move together."""
        written = geojson.written(self.area)
        parts = written["coordinates"]
        if written["type"] == "Polygon":
            parts = [parts]
        corners = _at(_at(parts, polygon, "polygon"), ring, "ring")
        _at(corners[:-1], index, "index")
        corners[index] = [longitude, latitude]
        if index == 0:
            corners[-1] = corners[0]
        return replace(self, area=geojson.stored(written))

    def distance_m(self, longitude: float, latitude: float) -> tuple[float, bool]:
        """How far a place is from the outline, and whether it is inside: the edge is."""
        away = apart_m(self.centre, (longitude, latitude))
        if away > PLANE_M:
            return away, False
        flat = shapely.transform(self.area, Plane(longitude, latitude).metres)
        distance = float(shapely.distance(shapely.boundary(flat), Point(0, 0)))
        return distance, distance <= EDGE_M or bool(self.area.covers(Point(longitude, latitude)))

    def _plane(self) -> Plane:
        box = self.box
        return Plane((box.west + box.east) / 2, (box.south + box.north) / 2)

    def _flat(self) -> Area:
        return shapely.transform(self.area, self._plane().metres)

    def _turned_to(self, turn: Callable[[Pairs], Pairs]) -> Self:
        return replace(self, area=shapely.transform(self.area, lambda c: np.round(turn(c), DIGITS)))


Fence = Circle | Outline


def circle(longitude: float, latitude: float, radius_m: float, field: str = "") -> Circle:
    """The circle that was asked for, unless it is none."""
    lng, lat = geojson.position(longitude, latitude, f"{field}latitude")
    return Circle(_kept(lng), _kept(lat), radius(radius_m, f"{field}radiusM"))


def radius(given: float, field: str, most: float = MAX_RADIUS_M) -> float:
    if not MIN_RADIUS_M <= given <= most:
        message = f"{given:g} m is not a radius from {MIN_RADIUS_M:g} to {most:g} m."
        raise Refused("RADIUS_OUT_OF_RANGE", message, field)
    return float(given)


def factor(given: float, field: str = "factor") -> float:
    if not MIN_FACTOR <= given <= MAX_FACTOR:
        message = f"{given:g} is not a factor from {MIN_FACTOR:g} to {MAX_FACTOR:g}."
        raise Refused("FACTOR_OUT_OF_RANGE", message, field)
    return float(given)


def checked(fence: Fence, field: str) -> Fence:
    """*fence*, if it can be kept: it crosses nothing, and is neither too large nor too small."""
    box = fence.box
    if not all(math.isfinite(v) for v in (box.west, box.south, box.east, box.north)):
        raise Refused("POSITION_OUT_OF_RANGE", "It would lie beyond the poles.", field)
    if box.south <= -89.9 or box.north >= 89.9:
        raise Refused("POSITION_OUT_OF_RANGE", "It would lie around a pole.", field)
    if box.west < -180 or box.east > 180 or box.east - box.west > 180:
        message = "It would lie across the 180th meridian: it can't be kept."
        raise Refused("ANTIMERIDIAN", message, field)
    if isinstance(fence, Circle):
        radius(fence.radius_m, field)
        return fence
    geojson.check(fence.area, field)
    _check_size(fence, box, field)
    return fence


def shifted(fence: Fence, east_m: float, north_m: float) -> tuple[float, float]:
    """Where the centre of *fence* is after a move by so many metres."""
    ((lng, lat),) = Plane(*fence.centre).degrees(np.array([[east_m, north_m]]))
    return float(lng), float(lat)


def verdict(distance_m: float, inside: bool, accuracy_m: float) -> Verdict:
    """What a fix that may be off by *accuracy_m* says of being on site."""
    if distance_m < accuracy_m:
        return "UNCERTAIN"
    return "INSIDE" if inside else "OUTSIDE"


def apart_m(here: tuple[float, float], there: tuple[float, float]) -> float:
    """How far two positions are from each other, on the sphere: good enough to call it far."""
    (lng1, lat1), (lng2, lat2) = np.radians([here, there])
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin((lng2 - lng1) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(min(1.0, math.sqrt(half)))


def _check_size(fence: Outline, box: Box, field: str) -> None:
    extent = apart_m((box.west, box.south), (box.east, box.north))
    if extent > MAX_EXTENT_M:
        message = f"It reaches over {extent / 1000:.0f} km; {MAX_EXTENT_M / 1000:.0f} are allowed."
        raise Refused("GEOFENCE_TOO_LARGE", message, field)
    if fence.area_m2 < MIN_AREA_M2:
        message = f"It has {fence.area_m2:.3f} m²; the least is {MIN_AREA_M2:g}."
        raise Refused("GEOFENCE_TOO_SMALL", message, field)


def _at(items: list[Any], index: int, field: str) -> Any:
    if not 0 <= index < len(items):
        message = f"There is no {field} {index}; they count from 0 to {len(items) - 1}."
        raise Refused("NO_SUCH_VERTEX", message, field)
    return items[index]


def _box(corners: Pairs) -> Box:
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    return Box(float(west), float(south), float(east), float(north))


def _kept(degrees: float) -> float:
    return round(float(degrees), DIGITS)
