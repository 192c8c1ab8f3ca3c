"""Parts of names, addresses and numbers, as people type them, as patterns to look up."""

from __future__ import annotations

import re

from core.kit.errors import BadInput
from core.kit.keys import sort_key

LONGEST = 100
#: What no number has: only digits are kept of them.
NOBODY = "-"
_WORDS = re.compile(r"[^\W_]+")
_NOT_DIGITS = re.compile(r"\D")
#: How the digit that is dialled at home only is written: +33 (0)6.
_HOME_DIGIT = re.compile(r"\(\s*0\s*\)")


def name_pattern(given: str, field: str = "where.name.contains") -> str:
    """Anywhere in a name, whatever the case, accents and hyphens; from a word's beginning, if
    shorter than three letters."""
    words = " ".join(_WORDS.findall(sort_key(_short(given, field))))
    if given.strip() and not words:
        raise BadInput(f"'{field}' is '{given}', which has no letter.")
    return f"% {words}%" if 0 < len(words) < 3 else f"%{words}%"


def name_words(given: str) -> list[str]:
    """What the name as it sorts is like, last name first, if the name has *given* in it."""
    return [f"%{word}%" for word in _WORDS.findall(sort_key(given))]


def email_pattern(given: str, field: str = "where.email.contains") -> str:
    """Anywhere in an address, whatever the case."""
    text = _short(given, field).lower()
    return "%" + re.sub(r"([%_\\])", r"\\\1", text) + "%"


def phone_patterns(given: str, field: str = "where.phone") -> list[str]:
    """Anywhere in a number as it is dialled at home or abroad; behind a + or 00, only where a
    number begins."""
    text = _HOME_DIGIT.sub("", _short(given, field)).strip()
    digits = _NOT_DIGITS.sub("", text)
    if not digits:
        return [NOBODY]
    if text.startswith("+"):
        return [f"% {digits}%"]
    if digits.startswith("00") and len(digits) > 2:
        return [f"% {digits[2:]}%", f"%{digits}%"]
    return [f"%{digits}%"]


def _short(given: str, field: str) -> str:
    if len(given) > LONGEST:
        raise BadInput(f"'{field}' has {len(given)} characters; {LONGEST} are allowed.")
    return given
