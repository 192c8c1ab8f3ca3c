"""The stretches of the index that a box is looked for in."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from plugins.crm.rules import places
from plugins.crm.rules.geofences import Box

LNG = st.floats(-180, 180)
LAT = st.floats(-90, 90)


def number(lng: float, lat: float) -> int:
    (only,) = {s[0] for s in [places._stretch((places._step(lng, 360), places._step(lat, 180), 0))]}
    return only


@given(LNG, LNG, LAT, LAT, st.floats(0, 1), st.floats(0, 1))
def test_every_place_of_a_box_is_in_one_of_its_stretches(
    lng1: float, lng2: float, lat1: float, lat2: float, across: float, along: float
) -> None:
    box = Box(min(lng1, lng2), min(lat1, lat2), max(lng1, lng2), max(lat1, lat2))
    lng = min(box.west + across * (box.east - box.west), box.east)
    lat = min(box.south + along * (box.north - box.south), box.north)

    found = places.stretches(box)

    assert 1 <= len(found) <= places.MOST
    assert sum(first <= number(lng, lat) <= last for first, last in found) == 1
    assert all(a[1] < b[0] for a, b in pairwise(found))


def test_stretches_hold_little_more_than_the_box() -> None:
    box = Box(4.80, 45.74, 4.87, 45.79)

    found = places.stretches(box)

    held = sum(last - first + 1 for first, last in found) / 4**places.BITS
    own = (box.east - box.west) / 360 * (box.north - box.south) / 180
    assert held < 2 * own
