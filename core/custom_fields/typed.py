"""From a value as it is given to a value of its field's type, and to text."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from core.custom_fields.rules import KINDS, FieldType
from core.kit.errors import Refused
from core.kit.text import checked

LONGEST_TEXT = 10_000
MOST_DIGITS = 40
_WAYS = ("text", "decimal", "date", "boolean", "option")


@dataclass(frozen=True)
class Given:
    """What a field is to have: one of the values, or none with *clear*."""

    key: str
    text: str | None = None
    decimal: Decimal | None = None
    date: datetime.date | None = None
    boolean: bool | None = None
    option: str | None = None
    clear: bool = False

    @property
    def path(self) -> str:
        """Where an error about it is shown."""
        return f"values.{self.key[:60]}"

    @property
    def ways(self) -> list[str]:
        return [way for way in _WAYS if getattr(self, way) is not None]


class Option(Protocol):
    """An answer that can be chosen."""

    id: Any
    key: Any
    label: Any


def value_of(type_: FieldType, given: Given, options: Sequence[Option]) -> Any:
    """What *given* means for a field of this type; None if it is to have no value."""
    if given.clear and not given.ways:
        return None
    way = KINDS[type_].given
    if given.clear or given.ways != [way]:
        found = ", ".join([*given.ways, *(["clear"] if given.clear else [])]) or "nothing"
        raise Refused(
            "WRONG_TYPE",
            f"'{given.key}' is of type {type_} and takes '{way}', or 'clear'; {found} was given.",
            given.path,
        )
    value = getattr(given, way)
    match way:
        case "text":
            return checked(value, given.path, LONGEST_TEXT, lines=True)  # blank: an emptied form
        case "decimal":
            return _decimal(given, value)
        case "option":
            return _option(given, value, options)
    return value


def _decimal(given: Given, number: Decimal) -> Decimal:
    if len(number.as_tuple().digits) > MOST_DIGITS:
        raise Refused(
            "TOO_MANY_DIGITS", f"'{given.key}' has more than {MOST_DIGITS} digits.", given.path
        )
    return number


def _option(given: Given, name: str, options: Sequence[Option]) -> UUID:
    """The option of that key, or else of that label; case makes no difference."""
    for attribute in ("key", "label"):
        for option in options:
            if getattr(option, attribute).casefold() == name.casefold():
                found: UUID = option.id
                return found
    raise Refused(
        "UNKNOWN_OPTION", f"'{given.key}' has no option '{name[:60]}' to choose.", given.path
    )


def display(
    text: str | None,
    decimal: Decimal | None,
    day: datetime.date | None,
    boolean: bool | None,
    option_label: str | None,
) -> str | None:
    """A stored value as text, the same in every language."""
    if decimal is not None:
        return format(decimal, "f")
    if day is not None:
        return day.isoformat()
    if boolean is not None:
        return "true" if boolean else "false"
    return text if text is not None else option_label
