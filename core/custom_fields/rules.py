"""What definitions of custom fields must be like; nothing here needs a database."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Any

from core.kit.errors import Refused
from core.kit.keys import sort_key
from core.kit.text import checked

LONGEST_LABEL = 200
LONGEST_KEY = 60
LONGEST_STATEMENT = 5_000
LONGEST_UNIT = 20
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_NOT_OF_KEYS = re.compile(r"[^a-z0-9]+")
_CURRENCY = re.compile(r"[A-Z]{3}")
#: ISO 4217: how many decimals an amount has, where it isn't two.
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
DECIMALS = {**dict.fromkeys(_NO_DECIMALS.split(), 0), **dict.fromkeys(_THREE_DECIMALS.split(), 3)}


class FieldType(StrEnum):
    """What kind of values a field has."""

    TEXT = "TEXT"
    LONG_TEXT = "LONG_TEXT"
    INTEGER = "INTEGER"
    DECIMAL = "DECIMAL"
    MONEY = "MONEY"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    DATETIME = "DATETIME"
    LIST = "LIST"
    MULTI_LIST = "MULTI_LIST"
    STATEMENT = "STATEMENT"
    URL = "URL"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    FILE = "FILE"
    REFERENCE = "REFERENCE"


class Audience(StrEnum):
    """Whom a field is for."""

    BACK_OFFICE = "BACK_OFFICE"
    DEVICE = "DEVICE"
    BOTH = "BOTH"


class Referred(StrEnum):
    """What the values of a REFERENCE name."""

    USER = "USER"
    CONTACT = "CONTACT"


@dataclass(frozen=True)
class Kind:
    """What a type means for its fields: how a value is given, where it is kept, what it carries."""

    #: The field of the API's input; None if there is no value.
    given: str | None
    #: The columns of a row; the first says whether there is a value.
    columns: tuple[str, ...]
    has_options: bool = False
    is_number: bool = False


_TEXT = Kind("text", ("text_value",))
_NUMBER = Kind("decimal", ("decimal_value",), is_number=True)
#: A further type is a further line here, and a branch in ``typed.py`` if it is read differently.
KINDS = {
    FieldType.TEXT: _TEXT,
    FieldType.LONG_TEXT: _TEXT,
    FieldType.INTEGER: _NUMBER,
    FieldType.DECIMAL: _NUMBER,
    FieldType.MONEY: _NUMBER,
    FieldType.BOOLEAN: Kind("boolean", ("boolean_value",)),
    FieldType.DATE: Kind("date", ("date_value",)),
    FieldType.DATETIME: Kind("dateTime", ("instant_value",)),
    FieldType.LIST: Kind("option", ("option_id",), has_options=True),
    FieldType.MULTI_LIST: Kind("options", ("option_id",), has_options=True),
    FieldType.STATEMENT: Kind(None, ()),
    FieldType.URL: _TEXT,
    FieldType.EMAIL: _TEXT,
    FieldType.PHONE: Kind("text", ("text_value", "e164_value")),
    FieldType.FILE: Kind("fileId", ("file_id",)),
    FieldType.REFERENCE: Kind("referenceId", ("user_id", "referred_id")),
}
NUMBERS = frozenset(type_ for type_, kind in KINDS.items() if kind.is_number)
#: What only fields of some types carry: the code of the refusal, and the field of the input.
CARRIED: dict[str, tuple[frozenset[FieldType], str, str]] = {
    "statement": (frozenset({FieldType.STATEMENT}), "STATEMENT_NOT_ALLOWED", "statement"),
    "unit": (NUMBERS, "UNIT_NOT_ALLOWED", "unit"),
    "minimum": (NUMBERS, "BOUNDS_NOT_ALLOWED", "minimum"),
    "maximum": (NUMBERS, "BOUNDS_NOT_ALLOWED", "maximum"),
    "currency": (frozenset({FieldType.MONEY}), "CURRENCY_NOT_ALLOWED", "currency"),
    "refers_to": (frozenset({FieldType.REFERENCE}), "REFERENCE_NOT_ALLOWED", "refersTo"),
}


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


def checked_texts(given: Mapping[str, Any]) -> dict[str, Any]:
    """*given* with its texts as they are kept; what else it has stays."""
    kept = dict(given)
    if "label" in kept:
        kept["label"] = label_of(kept["label"])
    for name, field in (("label_fr", "labelFr"), ("label_en", "labelEn")):
        if name in kept:
            kept[name] = checked(kept[name], field, LONGEST_LABEL)
    if kept.get("statement") is not None:
        kept["statement"] = checked(kept["statement"], "statement", LONGEST_STATEMENT, lines=True)
    if kept.get("unit") is not None:
        kept["unit"] = checked(kept["unit"], "unit", LONGEST_UNIT)
    if kept.get("currency") is not None:
        kept["currency"] = _currency(kept["currency"])
    return kept


def _currency(given: str) -> str:
    currency = given.strip().upper()
    if not _CURRENCY.fullmatch(currency):
        raise Refused(
            "INVALID_CURRENCY", f"'{given[:20]}' is no code of ISO 4217 such as EUR.", "currency"
        )
    return currency


def wrong_with(field: Any) -> list[Refused]:
    """Everything that a definition of its type may not be like."""
    type_ = FieldType(field.type)
    found = [
        Refused(code, f"Only fields of type {_listed(types)} have that; this is a {type_}.", path)
        for name, (types, code, path) in CARRIED.items()
        if getattr(field, name) is not None and type_ not in types
    ]
    if type_ in NUMBERS:
        found += _wrong_bounds(type_, field)
    if type_ == FieldType.STATEMENT:
        found += _wrong_statement(field)
    if type_ == FieldType.REFERENCE and field.refers_to is None:
        found.append(
            Refused("REFERENCE_MISSING", "Say what a REFERENCE names: a USER or CONTACT.",
                    "refersTo")
        )  # fmt: skip
    return [*found, *_wrong_audience(field)]


def _listed(types: Collection[FieldType]) -> str:
    return " or ".join(sorted(types))


def _wrong_bounds(type_: FieldType, field: Any) -> list[Refused]:
    found = []
    for name in ("minimum", "maximum"):
        bound: Decimal | None = getattr(field, name)
        if bound is not None and (wrong := wrong_number(type_, bound, field.currency, name)):
            found.append(wrong)
    if not found and None not in (field.minimum, field.maximum) and field.minimum > field.maximum:
        message = f"The minimum {field.minimum:f} is above the maximum {field.maximum:f}."
        found.append(Refused("BOUNDS_CROSSED", message, "maximum"))
    return found


def wrong_number(
    type_: FieldType, number: Decimal, currency: str | None, path: str
) -> Refused | None:
    """Why *number* is none of this type, if it isn't."""
    if type_ == FieldType.INTEGER and number != number.to_integral_value():
        return Refused("NOT_AN_INTEGER", f"{number:f} is no whole number.", path)
    places = DECIMALS.get(currency or "", 2)
    if type_ == FieldType.MONEY and not has_places(number, places):
        message = f"{number:f} has more than the {places} decimals of {currency}."
        return Refused("TOO_MANY_DECIMALS", message, path)
    return None


def has_places(number: Decimal, places: int) -> bool:
    """Whether *number* needs no more than *places* decimals."""
    with localcontext(prec=200):
        return number == round(number, places)


def _wrong_statement(field: Any) -> list[Refused]:
    found = []
    if field.statement is None:
        found.append(Refused("STATEMENT_MISSING", "Give the text that is shown.", "statement"))
    if field.mandatory:
        message = "A STATEMENT is only shown: nobody can be asked for its value."
        found.append(Refused("MANDATORY_NOT_ALLOWED", message, "mandatory"))
    if field.editable_on_device:
        message = "A STATEMENT is only shown: there is no value to edit."
        found.append(Refused("EDITABLE_NOT_ALLOWED", message, "editableOnDevice"))
    return found


def _wrong_audience(field: Any) -> list[Refused]:
    """What is on the device, who may edit it there, and whom it is for go together."""
    found = []
    if field.editable_on_device and not field.visible_on_device:
        message = "A field that can be edited on the device must be visible there."
        found.append(Refused("EDITABLE_NEEDS_VISIBLE", message, "editableOnDevice"))
    if field.audience == Audience.DEVICE and not field.visible_on_device:
        message = "A field that is for the device only must be visible there."
        found.append(Refused("AUDIENCE_NEEDS_VISIBLE", message, "audience"))
    if field.audience == Audience.BACK_OFFICE and field.visible_on_device:
        message = "A field that is for the back office only can't be visible on the device."
        found.append(Refused("AUDIENCE_EXCLUDES_VISIBLE", message, "audience"))
    return found


def first_twice(texts: Iterable[str]) -> str | None:
    """The first of *texts* that has been there before."""
    seen: set[str] = set()
    for text in texts:
        if text in seen:
            return text
        seen.add(text)
    return None
