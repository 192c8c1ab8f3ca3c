"""What the text of a cell means, in the ways in which people and spreadsheets write it."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from core.contacts.rules import e164
from core.importing.reading.marks.found import ERROR, UNCALCULATED
from core.kit.errors import Refused
from core.kit.keys import sort_key

#: What Excel and LibreOffice show where a formula has no value.
_ERRORS = re.compile(
    r"#(?:REF!|NAME\?|VALUE!|DIV/0!|N/A|NULL!|NUM!|SPILL!|CALC!|ERROR!|FORMULA!|NOM\s?\?|"
    r"VALEUR!|NOMBRE!|NUL!|BUSY!)|Err:\d{3}"
)
_FIRST = ("#", "E")
#: Around a cell's text these say nothing: also blanks that don't break, and marks without width.
_BLANKS = (
    " \t\r\n\x0b\x0c\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)
_WITHIN = re.compile(f"[{_BLANKS}]+")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|((?:19|20)\d\d)(\d\d)(\d\d)")
_NUMBERS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})")
_WORDS = re.compile(r"(?:\w+ )?(\d{1,2})(?:er|st|nd|rd|th)?[ -]([a-z]+)[ -](\d{4}|\d{2})")
_MONTH_FIRST = re.compile(r"(?:\w+ )?([a-z]+) (\d{1,2})(?:st|nd|rd|th)? (\d{4})")
#: Behind a day, the time of the day: 14:05, 14h05, 14:05:00.123, 2:05 PM, with its zone or without.
_TIME = re.compile(
    r"(?P<day>.*\d)(?:t|,? (?:a |at )?)(?P<hour>\d{1,2})(?::|h)(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:[.,]\d+)?)?(?: ?(?P<half>[ap]m))?(?P<zone>z|[+-]\d\d:?\d\d)?"
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("janvier janv january jan", "fevrier fevr february feb", "mars march mar",
         "avril avr april apr", "mai may", "juin june jun", "juillet juil july jul",
         "aout august aug", "septembre sept september sep", "octobre oct october",
         "novembre nov november", "decembre dec december"),
        1,
    )
    for name in names.split()
}  # fmt: skip
_TRUE = {"true", "vrai", "oui", "yes", "o", "y", "1", "x", "v"}
_FALSE = {"false", "faux", "non", "no", "n", "0", "f"}
_WHOLE = re.compile(r"(\+?\d{6,})[.,]0+")
#: What is left of a long number that a spreadsheet has shown in a narrow column.
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d{2,3}", re.IGNORECASE)
_EXPONENT = re.compile(r"\+?(\d)(?:[.,](\d+))?e\+?(\d{1,2})", re.IGNORECASE)


def stripped(text: str) -> str:
    """*text* without what can't be seen around it; what is within stays."""
    return text.strip(_BLANKS)


def same_text(one: str | None, other: str | None) -> bool:
    """Whether two texts differ in no more than a spreadsheet changes: how lines end, blanks."""
    return one == other or _seen(one) == _seen(other)


def _seen(text: str | None) -> str:
    if not text:
        return ""
    if "\t" in text or "\r" in text:
        # Tabs within a cell are lost on the way through the OpenDocument format.
        text = text.replace("\t", "").replace("\r\n", "\n").replace("\r", "\n")
    return stripped(text)


def check_error(text: str, field: str) -> None:
    """Refuse what a spreadsheet shows instead of a value."""
    if text == UNCALCULATED:
        raise Refused(
            "FORMULA_WITHOUT_VALUE",
            "The cell has a formula that nobody has calculated. Open the file in a spreadsheet "
            "program and save it.",
            field,
        )
    if text[:1] in _FIRST and _ERRORS.fullmatch(text):
        shown = "an error" if text == ERROR else f"the error {text}"
        raise Refused("CELL_ERROR", f"The cell holds {shown}, not a value.", field)


def day(text: str, field: str, *, month_first: bool = False) -> date:
    """A day as 2026-01-31, 31/01/2026, 31.01.26 or 31 janvier 2026; in America 01/31/2026.

    What time of the day a spreadsheet has written behind it is left out.
    """
    plain = sort_key(_WITHIN.sub(" ", text))
    timed = _TIME.fullmatch(plain)
    try:
        return _day(timed["day"] if timed else plain, month_first=month_first)
    except (ValueError, KeyError):
        message = f"'{text[:40]}' is no day like 31/01/2026 or 2026-01-31."
        raise Refused("INVALID_DATE", message, field) from None


def _day(plain: str, *, month_first: bool) -> date:
    if found := _ISO.fullmatch(plain):
        return date(*(int(part) for part in found.groups() if part is not None))
    if found := _NUMBERS.fullmatch(plain):
        first, separator, second, year = found.groups()
        if month_first and separator == "/":
            first, second = second, first
        return date(_year(year), int(second), int(first))
    words = plain.replace(".", "").replace(",", "")
    if found := _WORDS.fullmatch(words):
        return date(_year(found[3]), _MONTHS[found[2]], int(found[1]))
    if found := _MONTH_FIRST.fullmatch(words):
        return date(int(found[3]), _MONTHS[found[1]], int(found[2]))
    raise ValueError(plain)


def instant(text: str, *, month_first: bool = False) -> str:
    """The instant that *text* means, as the interchange writes it; *text* itself if none is seen.

    The day is written as in :func:`day`; without a time, it begins.
    """
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return _instant(text, month_first=month_first) or text
    return text


def _instant(text: str, *, month_first: bool) -> str | None:
    plain = sort_key(_WITHIN.sub(" ", text))
    timed = _TIME.fullmatch(plain)
    try:
        day_ = _day(timed["day"] if timed else plain, month_first=month_first)
        return f"{day_}T{_time(timed) if timed else time():%H:%M:%S}{_zone(timed)}"
    except (ValueError, KeyError):
        return None


def _time(found: re.Match[str]) -> time:
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if found["half"] == "pm" else 0)
    return time(hour, int(found["minute"]), int(found["second"] or 0))


def _zone(found: re.Match[str] | None) -> str:
    return (found["zone"] or "").upper() if found else ""


def _year(text: str) -> int:
    if len(text) == 4:
        return int(text)
    return 2000 + int(text) if int(text) < 70 else 1900 + int(text)


def decimal(text: str, field: str) -> Decimal:
    """A number as 1234.5, 1234,5, 1 234,50, 1.234,50 or 1,234.50."""
    plain = _WITHIN.sub("", text).replace("'", "").replace("−", "-")
    plain = plain.rstrip("€%$£").lstrip("€$£")
    if "," in plain and "." in plain:  # the last of them separates the fraction
        thousands = "." if plain.rindex(",") > plain.rindex(".") else ","
        plain = plain.replace(thousands, "")
    elif plain.count(",") > 1 or plain.count(".") > 1:
        plain = plain.replace(",", "").replace(".", "")
    try:
        number = Decimal(plain.replace(",", "."))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or abs(number.adjusted()) > 40:
        raise Refused("INVALID_NUMBER", f"'{text[:40]}' is no number.", field)
    # A spreadsheet's 1e+16 is a whole number like any other.
    return number if "e" not in plain.lower() else Decimal(format(number, "f"))


def boolean(text: str, field: str) -> bool:
    word = sort_key(text)
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise Refused("INVALID_BOOLEAN", f"'{text[:40]}' is neither yes nor no (oui, non).", field)


def check_digits(text: str, field: str) -> None:
    """Refuse a reference that a spreadsheet has taken for a number, and shortened."""
    if _SHORTENED.fullmatch(text):
        raise Refused(
            "DIGITS_LOST",
            f"'{text[:40]}' was a number of many digits, and has lost some. Format the column as "
            "text and type it anew.",
            field,
        )


def phone(text: str, country: str, field: str) -> tuple[str, str | None]:
    """A number as it is kept, and as E.164; a spreadsheet may have taken it for an amount."""
    plain = _WITHIN.sub(" ", text)
    if whole := _WHOLE.fullmatch(plain):  # as programs write numbers that may have fractions
        plain = whole[1]
    digits = _exponent(plain, field)
    if digits is None and plain.isdigit() and plain[0] != "0":
        digits = plain  # a number cell: nobody types one without 0 or +
    if digits is None:
        return plain, e164(plain, country)
    number = e164(digits, country) or e164(f"+{digits}", country)
    return (number or plain), number


def _exponent(text: str, field: str) -> str | None:
    """The digits of 3.3612345678E+10, if they are all there."""
    found = _EXPONENT.fullmatch(text.replace(" ", ""))
    if found is None:
        return None
    first, rest, power = found[1], found[2] or "", int(found[3])
    # 3.36E+10 stands for any of a hundred million numbers.
    if power > 20 or len(rest) < power - 3:
        raise Refused(
            "DIGITS_LOST",
            f"'{text[:40]}' has lost digits of a phone number. Format the column as text and type "
            "it anew.",
            field,
        )
    return first + rest.ljust(power, "0")
