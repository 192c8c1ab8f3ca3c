"""Access hours as OpenStreetMap writes them: read, and written.

    Mo-Fr 08:00-12:00,14:00-18:00; Sa 22:00-02:00; PH off; 2026 Dec 24-2026 Dec 26 off

Weekdays, public holidays and dates, with spans of clock times; what else the language can say
(seasons, weeks, sunrise) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined]

from core.kit.errors import Refused
from plugins.crm.rules.hours import DAY, Exception_, Hours, Span

LONGEST = 2000
MOST_EXCEPTIONS = 200
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATES = re.compile(
    r"(\d{4}) ([A-Z][a-z]{2}) (\d{1,2})(?:-(?:(?:(\d{4}) )?([A-Z][a-z]{2}) )?(\d{1,2}))?\b"
)
_DAYS = re.compile(r"((?:Mo|Tu|We|Th|Fr|Sa|Su|PH)(?:[-,](?:Mo|Tu|We|Th|Fr|Sa|Su|PH))*)\b")
_SPAN = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


def read(given: str, field: str = "openingHours") -> Hours:
    """What the text says, if it is one that access hours can say."""
    text = " ".join(given.split())
    if not text or len(text) > LONGEST:
        raise _refused("INVALID_HOURS", f"'{text[:60]}' says nothing, or too much.", field)
    try:
        OpeningHours(text)
    except ParserError as error:
        place = re.search(r"--> \d+:(\d+)", str(error))
        at = f" at character {place[1]}" if place else ""
        message = f"'{text[:80]}' is not in OpenStreetMap's syntax{at}."
        raise _refused("INVALID_HOURS", message, field) from None
    if text == "24/7":
        return Hours()
    weekly: dict[int, tuple[Span, ...]] = {}
    holidays: tuple[Span, ...] | None = None
    exceptions: list[Exception_] = []
    for rule in text.split(";"):
        rule = rule.strip()
        if found := _DATES.match(rule):
            spans = _spans(rule[found.end() :], rule, field)
            exceptions.append(Exception_(*_dates(found, rule, field), spans))
            continue
        if (found := _DAYS.match(rule)) is None:
            raise _unsupported(rule, field)
        spans = _spans(rule[found.end() :], rule, field)
        for day in _days(found[1], rule, field):
            if day:
                weekly[day] = spans
            else:
                holidays = spans
    if weekly and not any(weekly.values()):
        raise _refused("NEVER_OPEN", f"With '{text[:80]}' it would never be open.", field)
    if len(exceptions) > MOST_EXCEPTIONS:
        message = f"There are {len(exceptions)} dates; {MOST_EXCEPTIONS} are allowed."
        raise _refused("TOO_MANY_EXCEPTIONS", message, field)
    return Hours(dict(sorted(weekly.items())), holidays, tuple(exceptions))


def written(hours: Hours) -> str:
    """The text that ``read`` reads as *hours*."""
    rules = []
    days = sorted(day for day, spans in hours.weekly.items() if spans)
    for spans in dict.fromkeys(hours.weekly[day] for day in days):
        same = [day for day in days if hours.weekly[day] == spans]
        rules.append(f"{_shown_days(same)} {_shown(spans)}")
    if hours.holidays is not None:
        rules.append(f"PH {_shown(hours.holidays)}")
    for exception in hours.exceptions:
        first, last = _shown_date(exception.first), _shown_date(exception.last)
        when = first if first == last else f"{first}-{last}"
        rules.append(f"{when} {_shown(exception.spans)}")
    if not hours.weekly and rules:
        rules.insert(0, "Mo-Su 00:00-24:00")
    return "; ".join(rules) or "24/7"


def _spans(text: str, rule: str, field: str) -> tuple[Span, ...]:
    text = text.strip().removeprefix(":").strip()
    if text in ("off", "closed"):
        return ()
    if not text:
        return ((0, DAY),)
    return in_order([span(part, rule, field) for part in text.split(",")], rule, field)


def in_order(spans: Sequence[Span], rule: str, field: str) -> tuple[Span, ...]:
    """The spans of a day, one after the other."""
    found = sorted(spans)
    for (_, closes), (opens, _) in pairwise(found):
        if opens < closes:
            raise _refused("SPANS_OVERLAP", f"In '{rule[:80]}' two spans overlap.", field)
    return tuple(found)


def span(text: str, rule: str, field: str) -> Span:
    """``08:00-12:00``; over midnight, if it ends no later than it begins."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise _unsupported(rule, field)
    hours, minutes, to_hours, to_minutes = map(int, found.groups())
    opens, closes = hours * 60 + minutes, to_hours * 60 + to_minutes
    if opens == closes:
        raise _refused("EMPTY_SPAN", f"'{text}' ends when it begins.", field)
    if opens >= DAY or max(minutes, to_minutes) > 59 or closes > opens + DAY or closes > 2 * DAY:
        raise _refused("INVALID_HOURS", f"'{text}' is not a span of clock times.", field)
    return opens, closes if closes > opens else closes + DAY


def _days(text: str, rule: str, field: str) -> list[int]:
    """Weekdays, 1 to 7, and 0 for public holidays."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if "PH" in (first, last):
            if last:
                raise _unsupported(rule, field)
            found.append(0)
            continue
        begin = DAYS.index(first)
        count = (DAYS.index(last) - begin) % 7 if last else 0
        found += [(begin + i) % 7 + 1 for i in range(count + 1)]
    return found


def _dates(found: re.Match[str], rule: str, field: str) -> tuple[date, date]:
    year, month, day, last_year, last_month, last_day = found.groups()
    try:
        first = date(int(year), MONTHS.index(month) + 1, int(day))
        if last_day is None:
            return first, first
        last = date(int(last_year or year), MONTHS.index(last_month or month) + 1, int(last_day))
    except ValueError:
        raise _refused("INVALID_HOURS", f"'{rule[:60]}' has no such day.", field) from None
    if last < first:
        raise _refused("INVALID_HOURS", f"'{rule[:60]}' ends before it begins.", field)
    return first, last


def _shown_days(days: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] + 1 == day:
            runs[-1].append(day)
        else:
            runs.append([day])
    names = [(DAYS[run[0] - 1], DAYS[run[-1] - 1]) for run in runs]
    return ",".join(first if first == last else f"{first}-{last}" for first, last in names)


def _shown(spans: Sequence[Span]) -> str:
    return ",".join("-".join(clocks(opens, closes)) for opens, closes in spans) or "off"


def clocks(opens: int, closes: int) -> tuple[str, str]:
    """A span as it is written: 22:00 and 02:00."""
    return _clock(opens), _clock(_end(opens, closes))


def _end(opens: int, closes: int) -> int:
    return closes if closes <= DAY or closes - opens >= DAY else closes - DAY


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _shown_date(day: date) -> str:
    return f"{day.year} {MONTHS[day.month - 1]} {day.day:02}"


def _unsupported(rule: str, field: str) -> Refused:
    message = f"'{rule[:80]}' says what access hours can't: use weekdays, PH, dates and times."
    return _refused("UNSUPPORTED_HOURS", message, field)


def _refused(code: str, message: str, field: str) -> Refused:
    return Refused(code, message, field)
