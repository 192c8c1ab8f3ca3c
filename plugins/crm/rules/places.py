"""Places on one line: which stretches of it hold all places of a box.

A longitude and a latitude become one number, their bits in turn (``crm_place`` of the database
does it). A square of the grid is then one stretch of numbers, which an index finds by comparing
them: row-level security keeps an index usable for that.
"""

from __future__ import annotations

from plugins.crm.rules.geofences import Box

BITS = 31
#: More stretches fit a box more tightly, and cost a descent of the index each.
MOST = 24


def stretches(box: Box) -> list[tuple[int, int]]:
    """The first and last numbers of stretches that hold every place of *box*, and little more."""
    west, east = _step(box.west, 360), _step(box.east, 360)
    south, north = _step(box.south, 180), _step(box.north, 180)
    squares = [(0, 0, BITS)]  # column, row, and how many bits are left to choose
    whole: list[tuple[int, int, int]] = []
    while squares and len(squares) + len(whole) <= MOST - 3:
        # The largest first: it is the loosest.
        squares.sort(key=lambda square: square[2])
        x, y, bits = squares.pop()
        half = bits - 1
        for column in (2 * x, 2 * x + 1):
            for row in (2 * y, 2 * y + 1):
                first_x, last_x = column << half, ((column + 1) << half) - 1
                first_y, last_y = row << half, ((row + 1) << half) - 1
                if last_x < west or first_x > east or last_y < south or first_y > north:
                    continue
                inside = west <= first_x and last_x <= east and south <= first_y and last_y <= north
                (whole if inside or half == 0 else squares).append((column, row, half))
    return _merged([_stretch(square) for square in squares + whole])


def _step(degrees: float, turn: int) -> int:
    share = (degrees + turn / 2) / turn
    return min(max(int(share * (1 << BITS)), 0), (1 << BITS) - 1)


def _stretch(square: tuple[int, int, int]) -> tuple[int, int]:
    x, y, bits = square
    first = (_spread(x) | _spread(y) << 1) << (2 * bits)
    return first, first + (1 << (2 * bits)) - 1


def _spread(number: int) -> int:
    """*number* with a zero before each of its bits."""
    return int(f"{number:b}", 4)


def _merged(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if merged and merged[-1][1] + 1 == first:
            merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return merged
