"""Values given as text, whatever their type: as ``display`` writes them, or a person would."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from core.custom_fields.options import joined, split
from core.custom_fields.rules import KINDS, FieldType, Referred
from core.custom_fields.typed import Defined, Given
from core.kit.errors import Refused
from core.kit.ids import key_in, prefix_in
from core.kit.scalars import is_exact

_TRUE = frozenset({"true", "yes", "oui", "1"})
_FALSE = frozenset({"false", "no", "non", "0"})
#: Thousands may be set apart by blanks, also those that don't break.
_BLANKS = re.compile(r"\s+")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?", re.ASCII)


def from_text(of: Defined, given: Given, zone: ZoneInfo) -> Given:
    """*given*, if it is a text of whatever type, as one of the field's type."""
    if [*given.values] != ["display"] or given.display is None or given.clear:
        return given
    return given_of(of, given.key, given.display, zone)


def given_of(of: Defined, key: str, text: str, zone: ZoneInfo) -> Given:
    """The value that *text* means in a field; blank means none.

    An instant that doesn't say where is on the clocks of *zone*.
    """
    text, type_ = text.strip(), FieldType(of.type)
    if not text:
        return Given(key, clear=True)
    path = f"values.{key[:60]}"
    match KINDS[type_].given:
        case "decimal":
            return Given(key, decimal=_number(text, of.currency, path))
        case "boolean":
            return Given(key, boolean=_truth(text, path))
        case "date":
            return Given(key, date=_day(text, path))
        case "dateTime":
            return Given(key, date_time=_instant(text, zone, path))
        case "option":
            return Given(key, option=text, by_label=True)
        case "options":
            return Given(key, options=split(text), by_label=True)
        case "fileId":
            return Given(key, file_id=key_in(text, "file", field=path))
        case "referenceId":
            return Given(key, reference=reference_in(text, path))
    return Given(key, text=text)


def text_of(row: Mapping[str, Any], labels: Mapping[UUID, str]) -> str:
    """The text that :func:`given_of` reads as what a row keeps; *labels* are those of options."""
    for name, value in row.items():
        match name, value:
            case "option_id", UUID():
                return joined([labels[value]])
            case "instant_value", datetime():
                return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
            case "decimal_value", Decimal():
                return f"{value:f}"
            case "boolean_value", bool():
                return "true" if value else "false"
            case (("text_value" | "date_value"), str() | date()):
                return str(value)
    return ""


def reference_in(identifier: str, field: str) -> tuple[Referred, UUID]:
    """What a global id names, if a REFERENCE may."""
    found = key_in(identifier, *(kind.lower() for kind in Referred), field=field)
    return Referred((prefix_in(identifier) or "").upper()), found


def _number(text: str, currency: str | None, path: str) -> Decimal:
    plain = text.removesuffix(currency).strip() if currency else text
    plain = _BLANKS.sub("", plain)
    if not _NUMBER.fullmatch(plain):
        raise _wrong(text, "a number such as 12.50", path)
    number = Decimal(plain.replace(",", "."))
    if not is_exact(number):
        raise _wrong(text, "a number that can be kept exactly", path)
    return number


def _truth(text: str, path: str) -> bool:
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    raise _wrong(text, "true or false", path)


def _day(text: str, path: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _wrong(text, "a day such as 2026-01-31", path) from None


def _instant(text: str, zone: ZoneInfo, path: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            found = found.replace(tzinfo=zone)
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong(text, "an instant such as 2026-01-31T12:00:00Z", path) from None


def _wrong(text: str, wanted: str, path: str) -> Refused:
    return Refused("WRONG_TYPE", f"'{text[:60]}' is not {wanted}.", path)
