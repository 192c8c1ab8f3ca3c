"""Numbers the squares of a grid, in sizes that double: equality finds what is near a place.

A shape is filed under the squares it touches, of the smallest size that is no smaller than the
shape itself: four at most. A place lies in one square of each size. So one equality per size
finds every shape that may hold a place, and row-level security keeps an index usable for that,
as it does for no operator on boxes.
"""

from __future__ import annotations

import math

from plugins.crm.rules.geofences import Box

#: Degrees of the smallest square: some 100 m to the north.
SMALLEST = 0.001
#: The largest is larger than the earth.
SIZES = 19


def cells_of(box: Box) -> list[int]:
    """The squares that a shape is filed under."""
    size = _size(box)
    west, east = _column(box.west, size), _column(box.east, size)
    south, north = _row(box.south, size), _row(box.north, size)
    return [_number(size, x, y) for x in range(west, east + 1) for y in range(south, north + 1)]


def cells_at(longitude: float, latitude: float) -> list[int]:
    """The square of each size in which a place lies."""
    return [_number(s, _column(longitude, s), _row(latitude, s)) for s in range(SIZES)]


def _size(box: Box) -> int:
    extent = max(box.east - box.west, box.north - box.south)
    return max(0, math.ceil(math.log2(extent / SMALLEST))) if extent > 0 else 0


def _column(longitude: float, size: int) -> int:
    return math.floor((longitude + 180) / (SMALLEST * (1 << size)))


def _row(latitude: float, size: int) -> int:
    return math.floor((latitude + 90) / (SMALLEST * (1 << size)))


def _number(size: int, column: int, row: int) -> int:
    return size << 44 | column << 22 | row
