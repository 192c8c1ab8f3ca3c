"""Texts, amounts, statuses, and which levels a suspension reaches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.kit.errors import Refused
from core.kit.text import checked

MAX_LEVEL = 1000
MAX_POSITION = 1000
#: What Numeric(14, 2) holds.
MAX_AMOUNT = Decimal("999999999999.99")
REASON_LENGTH = 500
_COLOUR = re.compile(r"#[0-9a-f]{6}\Z")

#: Levels of one direction: all of them, or those at these distances.
Levels = bool | Sequence[int] | None


@dataclass(frozen=True)
class Reach:
    """Which levels around a contact a suspension reaches."""

    on_self: bool
    ancestors_all: bool
    ancestor_levels: list[int]
    descendants_all: bool
    descendant_levels: list[int]

    @classmethod
    def of(cls, own: bool, ancestors: Levels = None, descendants: Levels = None) -> Reach:
        """The reach that was asked for, unless it is empty or has a level that can't be."""
        up_all, up = _levels(ancestors, "ancestors")
        down_all, down = _levels(descendants, "descendants")
        if not (own or up_all or up or down_all or down):
            raise Refused("SCOPE_EMPTY", "The scope names no level: say who is meant.", "scope")
        return cls(own, up_all, up, down_all, down)


def _levels(levels: Levels, way: str) -> tuple[bool, list[int]]:
    if levels is None or isinstance(levels, bool):
        return bool(levels), []
    for level in levels:
        if not 1 <= level <= MAX_LEVEL:
            raise Refused(
                "LEVEL_OUT_OF_RANGE",
                f"{level} is not a level; levels count from 1, the nearest, to {MAX_LEVEL}.",
                f"scope.{way}.at",
            )
    return False, sorted(set(levels))


def text(
    given: str | None,
    field: str,
    longest: int,
    *,
    lines: bool = False,
    required: str = "TEXT_REQUIRED",
) -> str:
    """A text that says something, in at most *longest* characters."""
    said = checked(given, field, longest, lines=lines)
    if said is None:
        raise Refused(required, f"'{field}' must say something.", field)
    return said


def amount(given: Decimal, field: str) -> Decimal:
    """An amount in cents exactly: nothing is rounded behind anybody's back."""
    if given < 0:
        raise Refused("AMOUNT_NEGATIVE", f"{given} is below zero.", field)
    if given > MAX_AMOUNT:
        raise Refused("AMOUNT_TOO_LARGE", f"{given} is more than {MAX_AMOUNT}.", field)
    cents = given.quantize(Decimal("0.01"))
    if cents != given:
        raise Refused("TOO_MANY_DECIMALS", f"{given} has more than two decimals.", field)
    return cents


def probability(given: int) -> int:
    if not 0 <= given <= 100:
        message = f"{given} is not a probability in percent, from 0 to 100."
        raise Refused("PROBABILITY_OUT_OF_RANGE", message, "probability")
    return given


def position(given: int) -> int:
    if not 0 <= given <= MAX_POSITION:
        message = f"{given} is not a position, from 0 to {MAX_POSITION}."
        raise Refused("POSITION_OUT_OF_RANGE", message, "position")
    return given


def colour(given: str) -> str:
    """A colour as CSS has it, in lower case."""
    if not _COLOUR.match(given.lower()):
        message = f"'{given[:20]}' is not a colour like #1f77b4."
        raise Refused("INVALID_COLOUR", message, "colour")
    return given.lower()


#: From which statuses a note, or an opportunity, comes to which.
NOTE_STEPS = {
    "COMPLETED": frozenset({"OPEN"}),
    "CANCELLED": frozenset({"OPEN"}),
    "OPEN": frozenset({"COMPLETED", "CANCELLED"}),
}
OPPORTUNITY_STEPS = {
    "NEW": frozenset({"ON_HOLD", "WON", "LOST"}),
    "ON_HOLD": frozenset({"NEW"}),
    "WON": frozenset({"NEW", "ON_HOLD"}),
    "LOST": frozenset({"NEW", "ON_HOLD"}),
}


def step(steps: dict[str, frozenset[str]], before: str, after: str) -> str:
    """*after*, if that is a step from *before*."""
    if before not in steps[after]:
        raise Refused("ILLEGAL_TRANSITION", f"It is {before} and can't become {after}.", "id")
    return after


def reference(number: int) -> str:
    """How the note with this number is called: N-000123."""
    return f"N-{number:06}"
