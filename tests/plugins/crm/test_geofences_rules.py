"""Shapes on the earth: what moves keeps its size wherever it goes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon

from core.kit.errors import Refused
from plugins.crm.rules import geojson
from plugins.crm.rules.geofences import Circle, Outline, apart_m, checked
from plugins.crm.rules.plane import Plane

LNG, LAT = st.floats(-170, 170), st.floats(-70, 70)


@st.composite
def outlines(draw: Any) -> Outline:
    """A star-shaped outline from 20 m to 4 km wide, with or without a hole, or two of them."""
    plane = Plane(draw(LNG), draw(LAT))
    size = draw(st.floats(10, 2000))

    def ring(scale: float, east: float = 0) -> list[tuple[float, float]]:
        reach = draw(st.lists(st.floats(0.4, 1), min_size=3, max_size=9))
        turn = np.linspace(0, 2 * np.pi, len(reach), endpoint=False)
        corners = np.column_stack([np.cos(turn), np.sin(turn)]) * size * scale
        corners = corners * np.array(reach)[:, None] + [east * size, 0]
        return [(float(x), float(y)) for x, y in plane.degrees(corners)]

    shape = draw(st.sampled_from(["plain", "holed", "two"]))
    if shape == "two":
        return Outline(MultiPolygon([Polygon(ring(1, -1.1)), Polygon(ring(1, 1.1))]))
    return Outline(Polygon(ring(1), [ring(0.15)] if shape == "holed" else []))


def sides(outline: Outline) -> Any:
    """The lengths of all sides and diagonals of each ring: what its shape is."""
    flat = shapely.transform(outline.area, Plane(*outline.centre).metres)
    corners = shapely.get_coordinates(flat)
    return np.hypot(*(corners[:, None] - corners[None, :]).transpose(2, 0, 1))


@given(outlines(), LNG, LAT)
@settings(deadline=None, max_examples=150)
def test_r022_a_move_keeps_area_perimeter_and_shape(
    outline: Outline, longitude: float, latitude: float
) -> None:
    moved = outline.moved(longitude, latitude)

    assert moved.centre == pytest.approx((longitude, latitude), abs=1e-9)
    assert moved.perimeter_m == pytest.approx(outline.perimeter_m, rel=1e-3, abs=0)
    assert moved.area_m2 == pytest.approx(outline.area_m2, rel=2e-3, abs=0)
    # A millimetre per metre at most, of any distance between two corners.
    before, after = sides(outline), sides(moved)
    assert np.all(np.abs(before - after) <= 1e-3 * before + 1e-6)


@given(outlines(), LNG, LAT)
@settings(deadline=None, max_examples=60)
def test_r022_there_and_back_again_it_is_where_it_was(
    outline: Outline, longitude: float, latitude: float
) -> None:
    back = outline.moved(longitude, latitude).moved(*outline.centre)

    before = shapely.get_coordinates(outline.area)
    after = shapely.get_coordinates(back.area)
    away = np.hypot(
        *Plane(*outline.centre).metres(after).T - Plane(*outline.centre).metres(before).T
    )
    assert away.max() < 0.001


@given(outlines(), st.floats(0.1, 10))
@settings(deadline=None, max_examples=60)
def test_r022_a_resize_scales_lengths_and_stays_where_it_is(
    outline: Outline, factor: float
) -> None:
    resized = outline.resized(factor)

    assert resized.perimeter_m == pytest.approx(outline.perimeter_m * factor, rel=1e-3)
    assert resized.area_m2 == pytest.approx(outline.area_m2 * factor**2, rel=2e-3)
    assert apart_m(resized.centre, outline.centre) < 0.001 + 1e-6 * resized.perimeter_m


@given(outlines())
@settings(deadline=None, max_examples=60)
def test_r021_what_is_written_reads_as_it_was(outline: Outline) -> None:
    written = geojson.written(outline.area)

    assert geojson.written(geojson.stored(written)) == written
    assert geojson.written(geojson.read(written)) == written
    assert len(geojson.edges(outline.area)) % 4 == 0


@given(LNG, LAT, st.floats(1, 2000), st.floats(0, 2 * math.pi), st.floats(0.01, 2))
@settings(deadline=None, max_examples=100)
def test_r021_a_circle_is_round_in_metres_at_any_latitude(
    longitude: float, latitude: float, radius: float, turn: float, share: float
) -> None:
    circle = Circle(longitude, latitude, radius)
    offset = np.array([[math.cos(turn), math.sin(turn)]]) * radius * share
    ((lng, lat),) = Plane(longitude, latitude).degrees(offset)

    distance, inside = circle.distance_m(float(lng), float(lat))

    assert distance == pytest.approx(abs(radius * share - radius), abs=1e-3)
    assert inside == (share <= 1 or radius * (share - 1) <= 0.001)
    assert checked(circle, "shape") is circle


@pytest.mark.parametrize("depth", [30, 3000])
def test_r022_lists_in_lists_are_refused_and_not_fallen_into(depth: int) -> None:
    nested: Any = []
    for _ in range(depth):
        nested = [nested]

    with pytest.raises(Refused) as refused:
        geojson.read({"type": "Polygon", "coordinates": nested})

    assert refused.value.reason in ("TOO_FEW_POSITIONS", "GEOMETRY_EMPTY", "INVALID_GEOJSON")


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.integers(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
))  # fmt: skip
def test_r022_whatever_is_sent_as_geojson_is_read_or_refused(anything: Any) -> None:
    refusals = []
    for given_ in (anything, {"type": "Polygon", "coordinates": anything}):
        try:
            geojson.read(given_)
        except Refused as error:
            refusals.append(error)
    assert all(refused.field and len(refused.message) < 300 for refused in refusals)
