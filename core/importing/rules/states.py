"""How far a batch is, and what may be done with it then."""

from __future__ import annotations

from enum import StrEnum

from core.kit.errors import Refused


class ImportState(StrEnum):
    READING = "READING"
    UNREADABLE = "UNREADABLE"
    READ = "READ"
    CHECKING = "CHECKING"
    CHECKED = "CHECKED"
    APPLYING = "APPLYING"
    STOPPED = "STOPPED"
    APPLIED = "APPLIED"
    UNDOING = "UNDOING"
    UNDONE = "UNDONE"
    CLOSED = "CLOSED"


READ, CHECK, APPLY, UNDO, REPORT = (
    f"core.import.{what}" for what in ("read", "check", "apply", "undo", "report")
)
#: What a batch is while a job of that kind is at it, and once the job ended before its end.
DURING = {
    READ: ImportState.READING,
    CHECK: ImportState.CHECKING,
    APPLY: ImportState.APPLYING,
    UNDO: ImportState.UNDOING,
}
CUT_SHORT = {
    READ: ImportState.UNREADABLE,
    CHECK: ImportState.READ,
    APPLY: ImportState.STOPPED,
    UNDO: ImportState.STOPPED,
}
#: When a job of that kind may begin.
BEFORE = {
    CHECK: {ImportState.READ, ImportState.CHECKED},
    APPLY: {ImportState.CHECKED, ImportState.STOPPED},
    UNDO: {ImportState.APPLIED, ImportState.STOPPED, ImportState.UNDONE},
    REPORT: {
        ImportState.CHECKED, ImportState.STOPPED, ImportState.APPLIED, ImportState.UNDONE,
    },
}  # fmt: skip
#: When nothing of it is written, so that it may be forgotten; of a closed one, the counts say.
FORGETTABLE = {ImportState.UNREADABLE, ImportState.READ, ImportState.CHECKED}
#: From which the night closes an import that nobody has touched for long.
CLOSED_FROM = {
    ImportState.READ, ImportState.CHECKED, ImportState.STOPPED, ImportState.APPLIED,
    ImportState.UNDONE,
}  # fmt: skip


def check_state(state: str, allowed: set[ImportState], what: str) -> None:
    if state not in allowed:
        when = ", ".join(sorted(allowed))
        raise Refused(
            "WRONG_STATE", f"An import that is {state} can't be {what}; one that is {when} can.",
            "id",
        )  # fmt: skip
