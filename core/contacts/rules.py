"""What the fields of a contact must be like, and what a phone number means."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import phonenumbers

from core.kit import text as kit_text
from core.kit.errors import Refused, RefusedTogether

_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
#: ISO 3166-1 alpha-2, all 249.
COUNTRIES = frozenset(_CODES.split())
#: The most characters of each text.
LONGEST = {
    "name": 200,
    "reference": 40,
    "street": 200,
    "postcode": 20,
    "town": 100,
    "country": 2,
    "phone": 40,
    "email": 254,
    "website": 500,
    "information": 10_000,
    "reason": 500,
}
_MANY_LINES = frozenset({"information", "reason"})
_EMAIL = re.compile(
    r"[^\s@<>()\[\],;:\"\\]{1,64}"
    r"@(?:[^\s@<>()\[\],;:\"\\.]{1,63}\.)+(?:[^\W\d_]{2,63}|xn--[a-z0-9-]{2,59})"
)
#: How nearly all French numbers are written: the library, which knows all others, takes as long
#: for one as all else that is made of a contact's row.
_FRENCH = re.compile(r"0[1-9](?:[ .-]?[0-9]{2}){4}")
_NO_DIGIT = re.compile(r"[^0-9]")
#: Numeric(9, 6) of the table: a tenth of a metre.
_STEP = Decimal("0.000001")


def text(given: str | None, field: str) -> str | None:
    return kit_text.checked(given, field, LONGEST[field], lines=field in _MANY_LINES)


def name(given: str | None, field: str = "name") -> str:
    """A name that says something."""
    kept = text(given, field)
    if kept is None:
        raise Refused("NAME_EMPTY", "A name must have at least one letter.", field)
    return kept


def country(given: str | None, field: str = "country") -> str | None:
    kept = given.strip().upper() if given else None
    if not kept:
        return None
    if kept not in COUNTRIES:
        raise Refused(
            "INVALID_COUNTRY", f"'{kept[:20]}' is not an ISO 3166-1 code of two letters.", field
        )
    return kept


def email(given: str | None, field: str = "email") -> str | None:
    kept = text(given, field)
    if kept is not None and not is_email(kept):
        raise Refused("INVALID_EMAIL", f"'{kept[:60]}' is not an e-mail address.", field)
    return kept


def is_email(address: str) -> bool:
    return _EMAIL.fullmatch(address) is not None


def website(given: str | None, field: str = "website") -> str | None:
    kept = text(given, field)
    if kept is not None and not is_web_address(kept):
        raise Refused(
            "INVALID_WEBSITE", f"'{kept[:60]}' is not an address like https://example.com.", field
        )
    return kept


def is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in address
    except ValueError:  # half an IPv6 address
        return False


def position(
    latitude: Decimal | None, longitude: Decimal | None
) -> tuple[Decimal, Decimal] | tuple[None, None]:
    """Where something is: both coordinates, as exact as the table keeps them, or neither."""
    if latitude is None and longitude is None:
        return None, None
    if latitude is None or longitude is None:
        missing = "latitude" if latitude is None else "longitude"
        raise Refused("INVALID_POSITION", "Give both latitude and longitude, or neither.", missing)
    return _degrees(latitude, 90, "latitude"), _degrees(longitude, 180, "longitude")


def _degrees(given: Decimal, most: int, field: str) -> Decimal:
    if not given.is_finite() or abs(given) > most:
        raise Refused(
            "INVALID_POSITION",
            f"'{field}' is {str(given)[:40]}; it must be between -{most} and {most} degrees.",
            field,
        )
    return given.quantize(_STEP)


def e164(phone: str, region: str) -> str | None:
    """The number that *phone* means, dialled in the country *region*; None if it is none."""
    if region == "FR" and _FRENCH.fullmatch(phone):
        return "+33" + _NO_DIGIT.sub("", phone)[1:]
    return any_e164(phone, region)


def any_e164(phone: str, region: str) -> str | None:
    """The same, by way of the library for all of them."""
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": name,
    "country": country,
    "email": email,
    "website": website,
    **{
        field: partial(text, field=field)
        for field in ("reference", "street", "postcode", "town", "phone", "information")
    },
}


def checked(
    given: dict[str, Any], latitude: Decimal | None = None, longitude: Decimal | None = None
) -> dict[str, Any]:
    """The given fields as they are kept; all that are wrong are refused together.

    *latitude* and *longitude* are what there is already: one of them may be given alone then.
    """
    kept, refusals = dict(given), []
    for field, check in _CHECKS.items():
        if field in given:
            try:
                kept[field] = check(given[field])
            except Refused as refused:
                refusals.append(refused)
    if "latitude" in given or "longitude" in given:
        try:
            kept["latitude"], kept["longitude"] = position(
                given.get("latitude", latitude), given.get("longitude", longitude)
            )
        except Refused as refused:
            refusals.append(refused)
    if refusals:
        raise RefusedTogether(refusals)
    return kept
