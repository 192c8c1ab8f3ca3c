"""What people type when they look for a contact, as words to look up."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.kit.errors import BadInput
from core.kit.keys import sort_key

LONGEST = 200
#: Further words narrow nothing down that ten haven't.
MOST_WORDS = 10
_WORDS = re.compile(r"[^\W_]+")
#: A phone number in groups: kept without blanks, so it is looked for without.
_GROUPS = re.compile(r"(?<!\w)\+?\d{1,4}(?:[ .\-/]\d{1,4}){2,}(?!\w)")
_NOT_DIGITS = re.compile(r"\D")


def query_words(given: str, field: str = "search") -> list[str]:
    """The words of *given*, without accents and in lower case; a phone number is one of them."""
    if len(given) > LONGEST:
        raise BadInput(f"'{field}' has {len(given)} characters; {LONGEST} are allowed.")
    text = _GROUPS.sub(lambda found: f" {_digits(found[0])} ", sort_key(given))
    return list(dict.fromkeys(_WORDS.findall(text)))[:MOST_WORDS]


def exact_patterns(words: Sequence[str]) -> list[str]:
    """What a contact's words match that has all of some; short ones at the beginning of a word."""
    return [word if len(word) > 2 else f" {word}" for word in words]


def _digits(phone: str) -> str:
    digits = _NOT_DIGITS.sub("", phone)
    return digits.removeprefix("00")  # 0033 6 … is +33 6 …
