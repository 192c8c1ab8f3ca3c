"""What definitions of custom fields must be like; nothing here needs a database."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.kit.errors import Refused
from core.kit.keys import sort_key
from core.kit.text import checked

MOST_OPTIONS = 500
LONGEST_LABEL = 200
LONGEST_KEY = 60
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_NOT_OF_KEYS = re.compile(r"[^a-z0-9]+")
_COMMA = re.compile(r"(?<!\\),")


class FieldType(StrEnum):
    """What kind of values a field has."""

    TEXT = "TEXT"
    LIST = "LIST"
    DATE = "DATE"
    DECIMAL = "DECIMAL"
    BOOLEAN = "BOOLEAN"


@dataclass(frozen=True)
class Kind:
    """What a type means for its fields: how a value is given, where it is kept, what it carries."""

    given: str
    column: str
    has_options: bool = False


#: A further type is a further line here, and a branch in ``typed.py`` if it is read differently.
KINDS = {
    FieldType.TEXT: Kind("text", "text_value"),
    FieldType.LIST: Kind("option", "option_id", has_options=True),
    FieldType.DATE: Kind("date", "date_value"),
    FieldType.DECIMAL: Kind("decimal", "decimal_value"),
    FieldType.BOOLEAN: Kind("boolean", "boolean_value"),
}


@dataclass(frozen=True)
class GivenOption:
    """An option as it is given: *key* says which of those there are, none makes a new one."""

    label: str
    key: str | None = None


def label_of(given: str | None, field: str = "label") -> str:
    """A label without the blanks around it."""
    label = checked(given, field, LONGEST_LABEL)
    if label is None:
        raise Refused("LABEL_EMPTY", "A label must have at least one letter.", field)
    return label


def check_key(key: str) -> str:
    if not _KEY.fullmatch(key) or len(key) > LONGEST_KEY:
        raise Refused(
            "INVALID_KEY",
            f"'{key[:60]}' is no key: lower-case letters, digits and underscores, a letter first, "
            f"{LONGEST_KEY} characters at most.",
            "key",
        )
    return key


def derived_key(label: str, taken: Collection[str], otherwise: str) -> str:
    """A key made from *label* that isn't *taken*; *otherwise* stands in for what has no letter."""
    key = _NOT_OF_KEYS.sub("_", sort_key(label)).strip("_")
    if not key or not key[0].isalpha():
        key = f"{otherwise}_{key}".strip("_")
    key = key[: LONGEST_KEY - 5].rstrip("_")
    free, number = key, 2
    while free in taken:
        free, number = f"{key}_{number}", number + 1
    return free


def options_in(text: str) -> list[GivenOption]:
    r"""The options in a comma-separated text; ``\,`` is a comma that separates nothing."""
    parts = (part.replace(r"\,", ",").strip() for part in _COMMA.split(text))
    return [GivenOption(part) for part in parts if part]


def given_options(
    listed: Sequence[GivenOption] | None, text: str | None
) -> list[GivenOption] | None:
    """The options of an input, whichever way they were given; None if they weren't."""
    if listed is not None and text is not None:
        raise Refused(
            "OPTIONS_GIVEN_TWICE", "Give 'options' or 'optionsText', not both.", "optionsText"
        )
    if text is not None:
        listed = options_in(text)
    if listed is None:
        return None
    return [GivenOption(label_of(o.label, "options"), o.key) for o in listed]


def check_options(type_: FieldType, options: Sequence[GivenOption] | None) -> None:
    """Options belong to lists, a list has some, and no two of them read the same."""
    if not KINDS[type_].has_options:
        if options is not None:
            raise Refused(
                "OPTIONS_NOT_ALLOWED", f"Fields of type {type_} have no options.", "options"
            )
        return
    if not options:
        raise Refused("OPTIONS_MISSING", f"A {type_} has one option at least.", "options")
    if len(options) > MOST_OPTIONS:
        raise Refused(
            "TOO_MANY_OPTIONS",
            f"{len(options)} options are given; {MOST_OPTIONS} are allowed.",
            "options",
        )
    twice = first_twice(o.label.casefold() for o in options)
    twice = twice or first_twice(o.key for o in options if o.key is not None)
    if twice is not None:
        raise Refused("DUPLICATE_OPTION", f"The option '{twice[:60]}' is given twice.", "options")


def first_twice(texts: Iterable[str]) -> str | None:
    """The first of *texts* that has been there before."""
    seen: set[str] = set()
    for text in texts:
        if text in seen:
            return text
        seen.add(text)
    return None


def check_device(visible: bool, editable: bool) -> None:
    if editable and not visible:
        raise Refused(
            "EDITABLE_NEEDS_VISIBLE",
            "A field that can be edited on the device must be visible there.",
            "editableOnDevice",
        )
