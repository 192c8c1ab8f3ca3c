"""What servers say of addresses, read with care: they may say anything."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from core.kit.addresses import Candidate

_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_COUNTRY = re.compile(r"[A-Z]{2}")
_STEP = Decimal("0.000001")


def text(given: Any, longest: int = 100) -> str | None:
    """A short text on one line; what is none, or too long to be one, is nothing."""
    if not isinstance(given, str | int):
        return None
    kept = _BLANKS.sub(" ", str(given)).strip()
    return kept if 0 < len(kept) <= longest else None


def label(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)[:300]


def country(given: Any) -> str | None:
    code = given.upper() if isinstance(given, str) else ""
    return code if _COUNTRY.fullmatch(code) else None


def position(longitude: Any, latitude: Any) -> dict[str, Any]:
    """Both, if they are a place on earth."""
    try:
        east, north = (Decimal(str(each)).quantize(_STEP) for each in (longitude, latitude))
    except InvalidOperation:
        return {}
    if not (abs(east) <= 180 and abs(north) <= 90):
        return {}
    return {"longitude": east, "latitude": north}


def each(given: Any, read: Callable[[Any], Candidate | None], first: int) -> list[Candidate]:
    """What *read* makes of the elements of a list. What isn't one is an error."""
    if not isinstance(given, list):
        raise TypeError("There is no list.")
    found = (read(element) for element in given[:50])
    return [candidate for candidate in found if candidate is not None][:first]
