"""The answers of all servers in the same words, to see that they say the same."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

_GLOBAL_ID = re.compile(r"[a-z_]+_([0-9a-f]{32})")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*")
_SERIES = {
    "MISSION": "missions",
    "FINANCE": "financialDocuments",
    "NOTE": "notes",
    "OPPORTUNITY": "opportunities",
}


def plain(value: Any) -> Any:
    """*value* with bare ids and instants, however they were written."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, str):
        if found := _GLOBAL_ID.fullmatch(value):
            return str(UUID(found[1]))
        if _INSTANT.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(UTC)
    return value


def of_handwritten(contact: Any) -> Any:
    overview = contact["overview"]
    for name, by in (("effectiveFlags", "setBy"), ("effectiveSuspensions", "suspendedBy")):
        for one in overview[name]:
            one[by] = one.pop("by")
    if "charts" in overview:
        drawn = overview["charts"].pop("series") or {}
        overview["charts"] |= {ours: drawn.get(kind) for kind, ours in _SERIES.items()}
    return contact


def difference(one: Any, other: Any, path: str = "") -> str | None:
    """Where two answers differ first, or None."""
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return f"{path}: {sorted(one.keys() ^ other.keys())} on one side only"
        found = (difference(one[name], other[name], f"{path}.{name}") for name in one)
        return next((where for where in found if where), None)
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return f"{path}: {len(one)} and {len(other)} entries"
        pairs = enumerate(zip(one, other, strict=True))
        found = (difference(a, b, f"{path}[{i}]") for i, (a, b) in pairs)
        return next((where for where in found if where), None)
    return None if one == other else f"{path}: {one!r} and {other!r}"
