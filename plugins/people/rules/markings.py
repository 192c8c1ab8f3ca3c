"""How marking many goes, and how long it can be undone."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from core.kit.errors import Refused

#: The most persons of one marking.
MOST_MARKED = 500_000
#: So many are marked by the mutation itself; more, by a job.
AT_ONCE = 1_000
#: So many are written down by the mutation itself; more, by a job.
FROZEN_AT_ONCE = 10_000
UNDO_LASTS = timedelta(days=7)


class MarkingState(StrEnum):
    """How far a marking has come."""

    #: The persons are being written down, as they are many.
    FREEZING = "FREEZING"
    DRAFT = "DRAFT"
    MARKING = "MARKING"
    MARKED = "MARKED"
    UNDOING = "UNDOING"
    UNDONE = "UNDONE"


class MarkOutcome(StrEnum):
    """What became of a person of a marking."""

    FROZEN = "FROZEN"
    MARKED = "MARKED"
    SKIPPED = "SKIPPED"
    UNDONE = "UNDONE"
    LEFT = "LEFT"


def few_enough(count: int) -> None:
    if count > MOST_MARKED:
        message = f"{count} persons are too many at once; {MOST_MARKED} are allowed."
        raise Refused("TOO_MANY_PERSONS", message, "where")


def confirmed(count: int, confirm_count: int) -> None:
    """Refuse unless whoever applies a marking knows how many it is."""
    if not count:
        raise Refused("NOBODY_TO_MARK", "Nobody is in the set that was frozen.", "id")
    if confirm_count != count:
        message = f"{count} persons would be marked, not {confirm_count}. Look at the set again."
        raise Refused("COUNT_MISMATCH", message, "confirmCount")


def in_window(undo_until: datetime | None, now: datetime) -> None:
    if undo_until is not None and now > undo_until:
        message = f"It could be undone until {undo_until.isoformat(timespec='seconds')}."
        raise Refused("UNDO_EXPIRED", f"{message} Record what holds instead.", "id")


def require(state: str, *wanted: MarkingState) -> None:
    if state not in wanted:
        names = " or ".join(wanted)
        raise Refused("WRONG_STATE", f"The marking is {state}; for this, it must be {names}.", "id")
