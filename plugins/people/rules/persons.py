"""What a person must be like."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from core.contacts.rules import email
from core.kit.errors import Refused, RefusedTogether
from core.kit.keys import sort_key
from core.kit.text import checked as checked_text

#: The most characters of each text.
LONGEST = {
    "title": 50,
    "firstName": 100,
    "lastName": 100,
    "mobile": 40,
    "landline": 40,
    "extension": 20,
    "position": 200,
    "department": 200,
    "language": 10,
}
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{2}))?", re.IGNORECASE)


def text(given: str | None, field: str) -> str | None:
    return checked_text(given, field, LONGEST[field])


def language(given: str | None) -> str | None:
    """A language as fr or fr-BE."""
    kept = text(given, "language")
    if kept is None:
        return None
    found = _LANGUAGE.fullmatch(kept)
    if found is None:
        raise Refused("INVALID_LANGUAGE", f"'{kept}' is no language like fr or fr-BE.", "language")
    return found[1].lower() + (f"-{found[2].upper()}" if found[2] else "")


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "title": partial(text, field="title"),
    "first_name": partial(text, field="firstName"),
    "last_name": partial(text, field="lastName"),
    "email": email,
    "mobile": partial(text, field="mobile"),
    "landline": partial(text, field="landline"),
    "extension": partial(text, field="extension"),
    "position": partial(text, field="position"),
    "department": partial(text, field="department"),
    "language": language,
}


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """The given fields as they are kept; all that are wrong are refused together."""
    kept, refusals = dict(given), []
    for field, check in _CHECKS.items():
        if field in given:
            try:
                kept[field] = check(given[field])
            except Refused as refused:
                refusals.append(refused)
    if refusals:
        raise RefusedTogether(refusals)
    return kept


def name_key(first_name: str | None, last_name: str | None, email: str | None) -> str:
    """What a person sorts by, who must have a name or at least an address."""
    names = [name for name in (last_name, first_name) if name]
    if not names and not email:
        raise Refused(
            "PERSON_EMPTY", "A person needs a last name, a first name or an e-mail.", "lastName"
        )
    return sort_key(" ".join(names) or email or "")
