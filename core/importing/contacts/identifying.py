"""Which contact a row is about."""

from __future__ import annotations

from typing import Any

from core.contacts import rules
from core.importing.contacts.ground import Ground
from core.importing.rules import cells
from core.kit.errors import Refused
from core.kit.importing import ImportRow, Remark


def identify(row: ImportRow, ground: Ground) -> dict[str, Any] | None:
    """The contact that the row's reference names; None if there is none yet."""
    if "reference" not in row.cells:
        return None
    given = row.cells["reference"]
    if given is None:
        row.refuse(
            "REFERENCE_NEEDED", "The reference says which contact is meant: it can't be cleared.",
            "reference",
        )  # fmt: skip
        return None
    try:
        cells.check_error(given, "reference")
        row.reference = rules.text(given, "reference")
    except Refused as refused:
        row.refused_by(refused)
        return None
    found = ground.by_reference.get(given, [])
    if len(found) > 1:
        row.refuse(
            "AMBIGUOUS_REFERENCE",
            f"{len(found)} contacts have the reference '{given[:40]}'. Make it unique first.",
            "reference",
        )
        return None
    if not found:
        try:
            cells.check_digits(given, "reference")
        except Refused as refused:
            row.refused_by(refused)
        return None
    row.is_new, row.target_id = False, found[0]["id"]
    if found[0]["archived_at"] is not None:
        row.notes.append(Remark("ARCHIVED", f"'{given[:40]}' is archived.", "reference"))
    return found[0]
