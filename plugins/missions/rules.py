"""The statuses of a mission, which may follow which, and what its plan has to do with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.kit import text
from core.kit.errors import Refused
from core.kit.money import exact


class MissionStatus(StrEnum):
    NEW = "NEW"
    UNSCHEDULED = "UNSCHEDULED"
    SCHEDULED = "SCHEDULED"
    SENT = "SENT"
    READ = "READ"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    ON_THE_WAY = "ON_THE_WAY"
    STARTED = "STARTED"
    SUSPENDED = "SUSPENDED"
    COMPLETED_OK = "COMPLETED_OK"
    COMPLETED_WITH_ISSUES = "COMPLETED_WITH_ISSUES"
    CANCELLED = "CANCELLED"


S = MissionStatus
#: Which statuses may follow which. A mission that somebody has read is withdrawn (to SCHEDULED)
#: before it is cancelled, so that who was to do it hears of it.
TRANSITIONS: Mapping[MissionStatus, tuple[MissionStatus, ...]] = {
    S.NEW: (S.UNSCHEDULED, S.SCHEDULED, S.CANCELLED),
    S.UNSCHEDULED: (S.SCHEDULED, S.CANCELLED),
    S.SCHEDULED: (S.UNSCHEDULED, S.SENT, S.STARTED, S.CANCELLED),
    S.SENT: (S.SCHEDULED, S.READ, S.ACCEPTED, S.REFUSED, S.CANCELLED),
    S.READ: (S.SCHEDULED, S.ACCEPTED, S.REFUSED),
    S.ACCEPTED: (S.SCHEDULED, S.ON_THE_WAY, S.STARTED),
    S.REFUSED: (S.UNSCHEDULED, S.SCHEDULED),
    S.ON_THE_WAY: (S.SCHEDULED, S.STARTED),
    S.STARTED: (S.SUSPENDED, S.COMPLETED_OK, S.COMPLETED_WITH_ISSUES),
    S.SUSPENDED: (S.STARTED, S.COMPLETED_WITH_ISSUES),
    S.COMPLETED_OK: (),
    S.COMPLETED_WITH_ISSUES: (),
    S.CANCELLED: (),
}
#: Not planned: these have no planned dates, and get SCHEDULED with their first.
UNPLANNED = frozenset({S.NEW, S.UNSCHEDULED})
COMPLETED = frozenset({S.COMPLETED_OK, S.COMPLETED_WITH_ISSUES})
BEGUN = COMPLETED | {S.STARTED, S.SUSPENDED}
#: Nothing follows these.
OVER = frozenset(status for status, following in TRANSITIONS.items() if not following)
OPEN = frozenset(MissionStatus) - OVER
_COLOUR = re.compile(r"#[0-9a-f]{6}\Z")
#: For each text, the most characters and whether it may have several lines.
_TEXTS = {
    "description": (10_000, True),
    "order_number": (100, False),
    "comments": (10_000, True),
    "category": (100, False),
}


def next_statuses(status: str) -> list[MissionStatus]:
    """The statuses that may follow *status*."""
    return list(TRANSITIONS[MissionStatus(status)])


def check_transition(before: str, after: MissionStatus, planned_start: datetime | None) -> None:
    legal = next_statuses(before)
    if after not in legal:
        ways = f"may become {', '.join(legal)}" if legal else "is final"
        raise Refused("ILLEGAL_TRANSITION", f"{before} can't become {after}: it {ways}.", "to")
    if after == S.SCHEDULED and planned_start is None:
        raise Refused(
            "PLANNED_START_MISSING", "Give the mission a planned start: it then is SCHEDULED.", "to"
        )


def check_span(start: datetime | None, end: datetime | None, code: str, field: str) -> None:
    """Refuse an end without a start, or before it."""
    if end is None:
        return
    if start is None:
        raise Refused(f"{code}_WITHOUT_START", f"There is no start to the end {end}.", field)
    if end < start:
        raise Refused(f"{code}_BEFORE_START", f"The end {end} is before the start {start}.", field)


def status_when_planned(before: str, planned_start: datetime | None) -> MissionStatus:
    """The status of a mission that was *before*, once its plan begins at *planned_start*."""
    status = MissionStatus(before)
    if status in BEGUN | {S.CANCELLED}:
        raise Refused("PLAN_FROZEN", f"The plan of a mission that is {status} stays.")
    if planned_start is not None:
        return S.SCHEDULED if status in UNPLANNED else status
    if status in UNPLANNED:
        return status
    if S.UNSCHEDULED not in TRANSITIONS[status]:
        raise Refused(
            "PLANNED_START_MISSING",
            f"A mission that is {status} has a planned start; make it SCHEDULED first.",
            "plannedStart",
        )
    return S.UNSCHEDULED


def check_happened(status: str, start: datetime | None, end: datetime | None) -> None:
    """Refuse times at which a mission that is *status* can't have begun or ended."""
    if status not in BEGUN:
        raise Refused("NOT_STARTED", f"A mission that is {status} has not begun.", "actualStart")
    if start is None:
        raise Refused(
            "ACTUAL_START_MISSING", "A mission that has begun has a start.", "actualStart"
        )
    if (end is not None) != (status in COMPLETED):
        raise Refused(
            "ACTUAL_END_MISMATCH",
            "A mission has an actual end exactly when it is completed.",
            "actualEnd",
        )
    check_span(start, end, "ACTUAL_END", "actualEnd")


def is_late(planned: datetime | None, actual: datetime) -> bool:
    return planned is not None and actual > planned


def automatic_reference(number: int) -> str:
    return f"M-{number:06}"


def checked_reference(given: str | None) -> str:
    reference = text.checked(given, "reference", 40)
    if reference is None:
        raise Refused("REFERENCE_EMPTY", "A mission has a reference.", "reference")
    return reference


def checked_reason(given: str | None) -> str:
    reason = text.checked(given, "reason", 500, lines=True)
    if reason is None:
        raise Refused("REASON_MISSING", "Say why the mission is cancelled.", "reason")
    return reason


def checked_type_name(given: str | None) -> str:
    name = text.checked(given, "name", 100)
    if name is None:
        raise Refused("NAME_EMPTY", "A name must have at least one letter.", "name")
    return name


def checked_details(given: dict[str, Any]) -> dict[str, Any]:
    """What a mission's plain fields are kept as; those not given stay away."""
    kept: dict[str, Any] = {}
    for field, (longest, lines) in _TEXTS.items():
        if field in given:
            kept[field] = text.checked(given[field], _path(field), longest, lines=lines)
    if "amount_excl_tax" in given:
        amount = given["amount_excl_tax"]
        kept["amount_excl_tax"] = None if amount is None else exact(amount, "amountExclTax")
    return kept


def _path(field: str) -> str:
    """The field as clients write it."""
    first, *others = field.split("_")
    return first + "".join(map(str.capitalize, others))


def checked_colour(given: str) -> str:
    colour = given.strip().lower()
    if not _COLOUR.match(colour):
        raise Refused(
            "COLOUR_INVALID", f"'{given[:20]}' is not a colour such as #1d4ed8.", "colour"
        )
    return colour
