"""From a value as it is given to what is kept of it, and from that to text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from core.contacts.rules import e164, is_email, is_web_address
from core.custom_fields.rules import KINDS, FieldType, Referred, wrong_number
from core.kit.errors import Refused
from core.kit.text import checked

LONGEST_TEXT = 1_000
LONGEST_LONG_TEXT = 10_000
LONGEST_PHONE = 40
MOST_DIGITS = 40
#: Of a MONEY or INTEGER: what every spreadsheet and language still counts exactly.
MOST_WHOLE_DIGITS = 18
#: The columns of a value's row, or of several, as they are kept; none if there is no value.
Rows = tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Given:
    """What a field is to have: one of the values, or none with *clear*."""

    key: str
    text: str | None = None
    decimal: Decimal | None = None
    date: date | None = None
    date_time: datetime | None = None
    boolean: bool | None = None
    option: str | None = None
    options: Sequence[str] | None = None
    file_id: UUID | None = None
    #: What it names, and its id.
    reference: tuple[Referred, UUID] | None = None
    #: The value as text, whatever its type.
    display: str | None = None
    #: Whether options were named as they read; a key that looks the same is not meant then.
    by_label: bool = False
    clear: bool = False

    @property
    def path(self) -> str:
        """Where an error about it is shown."""
        return f"values.{self.key[:60]}"

    @property
    def values(self) -> dict[str, Any]:
        """What is given, by the names that it has in the API."""
        found = {
            "text": self.text,
            "decimal": self.decimal,
            "date": self.date,
            "dateTime": self.date_time,
            "boolean": self.boolean,
            "option": self.option,
            "options": self.options,
            "fileId": self.file_id,
            "referenceId": self.reference,
            "display": self.display,
        }
        return {way: value for way, value in found.items() if value is not None}


class Option(Protocol):
    """An answer that can be chosen."""

    id: Any
    key: Any
    label: Any


class Defined(Protocol):
    """What of a field's definition decides about its values."""

    type: Any
    minimum: Any
    maximum: Any
    unit: Any
    currency: Any
    refers_to: Any


def rows_of(of: Defined, given: Given, options: Sequence[Option], country: str) -> Rows:
    """What is kept of *given* in a field; *country* is where numbers without prefix are dialled."""
    if given.clear and not given.values:
        return ()
    type_ = FieldType(of.type)
    way = KINDS[type_].given
    if given.clear or way is None or [*given.values] != [way]:
        found = ", ".join([*given.values, *(["clear"] if given.clear else [])]) or "nothing"
        takes = f"'{way}', or 'clear'" if way else "no value"
        raise Refused(
            "WRONG_TYPE",
            f"'{given.key[:60]}' is of type {type_} and takes {takes}; {found} was given.",
            given.path,
        )
    value = given.values[way]
    match way:
        case "text":
            return _text(type_, value, given.path, country)
        case "decimal":
            return ({"decimal_value": _number(of, type_, value, given)},)
        case "date":
            return ({"date_value": value},)
        case "dateTime":
            return ({"instant_value": value.astimezone(UTC)},)
        case "boolean":
            return ({"boolean_value": value},)
        case "option":
            return ({"option_id": _option(given, value, options)},)
        case "options":
            return _options(given, value, options)
        case "fileId":
            return ({"file_id": value},)
    return (_reference(of, given, *value),)


def _text(type_: FieldType, value: str, path: str, country: str) -> Rows:
    longest = {
        FieldType.LONG_TEXT: LONGEST_LONG_TEXT,
        FieldType.PHONE: LONGEST_PHONE,
    }.get(type_, LONGEST_TEXT)
    kept = checked(value, path, longest, lines=type_ == FieldType.LONG_TEXT)
    if kept is None:  # blank: an emptied form
        return ()
    if type_ == FieldType.EMAIL and not is_email(kept):
        raise Refused("INVALID_EMAIL", f"'{kept[:60]}' is not an e-mail address.", path)
    if type_ == FieldType.URL and not is_web_address(kept):
        raise Refused(
            "INVALID_URL", f"'{kept[:60]}' is not an address like https://example.com.", path
        )
    if type_ != FieldType.PHONE:
        return ({"text_value": kept},)
    number = e164(kept, country)
    if number is None:
        raise Refused("INVALID_PHONE", f"'{kept}' is not a phone number.", path)
    return ({"text_value": kept, "e164_value": number},)


def _number(of: Defined, type_: FieldType, number: Decimal, given: Given) -> Decimal:
    _, digits, exponent = number.as_tuple()
    most = MOST_DIGITS if type_ == FieldType.DECIMAL else MOST_WHOLE_DIGITS
    if len(digits) > MOST_DIGITS or number.adjusted() >= most or int(exponent) < -MOST_DIGITS:
        raise Refused("TOO_MANY_DIGITS", f"'{given.key}' has more than {most} digits.", given.path)
    if wrong := wrong_number(type_, number, of.currency, given.path):
        raise wrong
    if wrong := wrong_bounds(of, given.key, number, given.path):
        raise wrong
    return number


def wrong_bounds(of: Defined, key: str, number: Decimal, path: str) -> Refused | None:
    """Why *number* is beyond what the field called *key* takes, if it is."""
    for bound, beyond, word in (
        (of.minimum, of.minimum is not None and number < of.minimum, "below the minimum"),
        (of.maximum, of.maximum is not None and number > of.maximum, "above the maximum"),
    ):
        if beyond:
            unit = f" {of.unit}" if of.unit else ""
            message = f"{number:f} is {word} of '{key}', {bound:f}{unit}."
            return Refused("OUT_OF_BOUNDS", message, path)
    return None


def _option(given: Given, name: str, options: Sequence[Option]) -> UUID:
    """The option of that key, or else of that label; case makes no difference."""
    for attribute in ("label", "key") if given.by_label else ("key", "label"):
        for option in options:
            if getattr(option, attribute).casefold() == name.casefold():
                found: UUID = option.id
                return found
    raise Refused(
        "UNKNOWN_OPTION", f"'{given.key}' has no option '{name[:60]}' to choose.", given.path
    )


def _options(given: Given, names: Sequence[str], options: Sequence[Option]) -> Rows:
    """The options of those names, in the list's order."""
    chosen = [_option(given, name, options) for name in names]
    if len(set(chosen)) < len(chosen):
        raise Refused("DUPLICATE_OPTION", f"An option of '{given.key}' is given twice.", given.path)
    return tuple({"option_id": option.id} for option in options if option.id in chosen)


def _reference(of: Defined, given: Given, kind: Referred, key: UUID) -> dict[str, Any]:
    if kind != of.refers_to:
        message = f"'{given.key}' names a {of.refers_to}; the id of a {kind} was given."
        raise Refused("WRONG_TYPE", message, given.path)
    return {"user_id" if kind == Referred.USER else "referred_id": key}


def display(
    type_: str,
    text: str | None,
    decimal: Decimal | None,
    day: date | None,
    instant: datetime | None,
    boolean: bool | None,
    label: str | None,
    named: str | None,
    currency: str | None,
) -> str | None:
    """A stored value as text, the same in every language."""
    if decimal is not None:
        return f"{decimal:f} {currency}" if type_ == FieldType.MONEY else f"{decimal:f}"
    if day is not None:
        return day.isoformat()
    if instant is not None:
        return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if boolean is not None:
        return "true" if boolean else "false"
    return next((one for one in (text, label, named) if one is not None), None)
