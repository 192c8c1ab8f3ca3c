"""Texts that people type: what of them is kept, and what can't be."""

from __future__ import annotations

import re

from core.kit.errors import Refused

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CONTROLS_BUT_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def checked(given: str | None, field: str, longest: int, *, lines: bool = False) -> str | None:
    """*given* without the blanks around it; nothing at all is the same as null."""
    kept = (given or "").strip()
    if (_CONTROLS_BUT_LINES if lines else _CONTROLS).search(kept):
        raise Refused("INVALID_CHARACTERS", f"'{field}' has a control character.", field)
    if len(kept) > longest:
        raise Refused(
            "TOO_LONG", f"'{field}' has {len(kept)} characters; {longest} are allowed.", field
        )
    return kept or None
