"""What the database computes of shapes is what the rules say."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pytest
from shapely import MultiPolygon, Point, Polygon, box

from plugins.crm.rules import geojson, places
from plugins.crm.rules.geofences import Box, Circle
from plugins.crm.rules.plane import Plane
from tests.cast import House

PLACES = [(0.0, 0.0), (4.8357, 45.764), (-74.006, 40.7128), (151.21, -33.87), (18.95, 69.65)]
#: A square of 3 with a hole of 1 in its middle, and a triangle beside it.
HOLED = Polygon([(0, 0), (3, 0), (3, 3), (0, 3)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
BOTH = MultiPolygon([HOLED, Polygon([(4, 0), (6, 0), (5, 2)])])


@pytest.mark.parametrize("area", [HOLED, BOTH, box(4.835, 45.763, 4.836, 45.764)], ids=str)
async def test_a_place_is_covered_as_the_geometry_library_says(house: House, area: Any) -> None:
    west, south, east, north = area.bounds
    random = np.random.default_rng(7)
    spots = random.uniform((west - 0.5, south - 0.5), (east + 0.5, north + 0.5), (400, 2))

    found = await house.owner.fetch(
        "select crm_covers(crm_edges($1::jsonb), x, y) as inside "
        "from unnest($2::float8[], $3::float8[]) p (x, y)",
        orjson.dumps(geojson.written(area)).decode(), *spots.T.tolist(),
    )  # fmt: skip

    assert [row["inside"] for row in found] == [area.covers(Point(*p)) for p in spots]


async def test_the_border_and_what_is_within_a_millimetre_of_it_is_inside(house: House) -> None:
    async def inside(x: float, y: float) -> bool:
        found: bool = await house.owner.fetchval(
            "select crm_covers(crm_edges($1::jsonb), $2, $3)",
            orjson.dumps(geojson.written(HOLED)).decode(), x, y,
        )  # fmt: skip
        return found

    assert await inside(0, 0)
    assert await inside(1.5, 0)
    assert await inside(1.5, 1)  # the border of the hole
    assert not await inside(1.5, 1.00001)
    assert await inside(1.5, -0.9e-8)
    assert not await inside(1.5, -1.1e-8)


async def test_distances_are_those_of_the_plane(house: House) -> None:
    for lng, lat in PLACES:
        for east, north in ((0.0, 20.0), (-20.0, 0.0), (300.0, -400.0), (5000.0, 9000.0)):
            plane = Plane(lng, lat)
            ((lng2, lat2),) = plane.degrees(np.array([[east, north]]))

            found = await house.owner.fetchval(
                "select crm_apart_m($1, $2, $3, $4)", lng, lat, float(lng2), float(lat2)
            )

            assert found == pytest.approx(np.hypot(east, north), abs=1e-5)


async def test_the_box_of_a_circle_holds_it_and_little_more(house: House) -> None:
    for lng, lat in PLACES:
        for radius in (1.0, 20.0, 5000.0):
            tight = Circle(lng, lat, radius).box

            west, south, east, north = await house.owner.fetchval(
                "select crm_circle_box($1, $2, $3)", lng, lat, radius
            )

            slack = radius / 111_000 * 0.01 / np.cos(np.radians(lat))
            assert tight.west - slack < west < lng < east < tight.east + slack
            assert tight.south - slack < south < lat < north < tight.north + slack
            narrowest = Circle(lng, lat, radius * 0.9999).outline(360)
            assert box(west, south, east, north).covers(narrowest)


async def test_a_shape_is_filed_under_four_squares_at_most_and_found_in_each_of_its_places(
    house: House,
) -> None:
    random = np.random.default_rng(11)
    for _ in range(150):
        lng, lat = random.uniform(-170, 170), random.uniform(-80, 80)
        across, along = 10 ** random.uniform(-5, 0.5, 2)
        bounds = (lng, lat, lng + across, lat + along)
        cells = await house.owner.fetchval(
            "select array(select crm_cells($1, $2, $3, $4))", *bounds
        )

        assert 1 <= len(set(cells)) == len(cells) <= 4
        for x, y in [(lng, lat), (lng + across, lat + along), (lng + across / 3, lat)]:
            there = await house.owner.fetchval("select crm_cells_at($1, $2)", x, y)
            assert len(set(there) & set(cells)) == 1


async def test_a_place_has_the_number_that_boxes_are_looked_for_by(house: House) -> None:
    random = np.random.default_rng(13)
    spots = [*random.uniform((-180, -90), (180, 90), (300, 2)).tolist(), [180.0, 90.0]]

    found = await house.owner.fetch(
        "select crm_place(x, y) from unnest($1::float8[], $2::float8[]) p (x, y)",
        *np.array(spots).T.tolist(),
    )

    for (lng, lat), (number,) in zip(spots, found, strict=True):
        ((first, last),) = places.stretches(Box(lng, lat, lng, lat))
        assert first <= number <= last
        assert last - first < 4**8
