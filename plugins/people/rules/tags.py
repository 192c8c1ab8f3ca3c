"""What a tag must be like."""

from __future__ import annotations

import re

from core.kit.errors import Refused
from core.kit.text import checked

NAME_LENGTH = 100
#: The most tags that one person, or one mutation, may have.
MOST_TAGS = 50
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def tag_name(given: str | None) -> str:
    kept = checked(given, "name", NAME_LENGTH)
    if kept is None:
        raise Refused("NAME_EMPTY", "A tag needs a name.", "name")
    return kept


def colour(given: str | None) -> str:
    """A colour as #rrggbb."""
    kept = (given or "").strip().lower()
    if not _COLOUR.fullmatch(kept):
        raise Refused("INVALID_COLOUR", f"'{kept[:20]}' is not a colour like #1d4ed8.", "colour")
    return kept
