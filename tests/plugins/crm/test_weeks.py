"""Access hours as forms show them: by weekday, with holidays and dates, beside the text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.crm.rules import osm, week
from plugins.crm.rules.hours import DAY, Exception_, Hours, is_open, next_open
from tests.cast import Tenant

PARIS = ZoneInfo("Europe/Paris")
SHOWN = """accessHours { openingHours week {
  days { day spans { opens closes } } holidays { spans { opens closes } }
  exceptions { first last spans { opens closes } } } }"""
OPEN = """query($id: ID!, $at: DateTime!) {
  isOpen(contactId: $id, at: $at) nextOpen(contactId: $id, at: $at) }"""


def spans(*given: str) -> list[dict[str, str]]:
    return [dict(zip(("opens", "closes"), each.split("-"), strict=True)) for each in given]


def days(**given: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [{"day": day.upper(), "spans": each} for day, each in given.items()]


WORKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
OFFICE = days(**dict.fromkeys(WORKDAYS, spans("08:00-12:00", "14:00-18:00")))
BAR = days(saturday=spans("22:00-02:00"))


async def test_r026_a_week_is_set_and_both_ways_of_writing_are_shown(tenant: Tenant) -> None:
    contact = await tenant.contact("Site")
    given = {
        "days": [*OFFICE, *BAR],
        "holidays": {"spans": []},
        "exceptions": [
            {"first": "2026-12-24", "spans": spans("8:00-12:00")},
            {"first": "2026-12-28", "last": "2026-12-31", "spans": []},
        ],
    }

    payload = await tenant.do("accessHoursSet", SHOWN, contactId=contact, week=given)

    hours = payload["accessHours"]
    assert hours["openingHours"] == (
        "Mo-Fr 08:00-12:00,14:00-18:00; Sa 22:00-02:00; PH off; "
        "2026 Dec 24 08:00-12:00; 2026 Dec 28-2026 Dec 31 off"
    )
    assert hours["week"]["days"] == [*OFFICE, *BAR, *days(sunday=[])]
    assert hours["week"]["holidays"] == {"spans": []}
    assert hours["week"]["exceptions"] == [
        {"first": "2026-12-24", "last": "2026-12-24", "spans": spans("08:00-12:00")},
        {"first": "2026-12-28", "last": "2026-12-31", "spans": []},
    ]
    again = await tenant.do("accessHoursSet", SHOWN, contactId=contact, week=hours["week"])
    assert again["accessHours"] == hours


async def test_r026_a_text_is_shown_as_a_week(tenant: Tenant) -> None:
    contact = await tenant.contact("Site")

    async def shown(text: str) -> Any:
        given = {"contactId": contact, "openingHours": text}
        return (await tenant.do("accessHoursSet", SHOWN, **given))["accessHours"]["week"]

    week = await shown("Sa 22:00-02:00; PH 10:00-12:00")
    assert [day["spans"] for day in week["days"]] == [*[[]] * 5, spans("22:00-02:00"), []]
    assert week["holidays"] == {"spans": spans("10:00-12:00")}
    week = await shown("2026 Dec 25 off")
    assert [day["spans"] for day in week["days"]] == [spans("00:00-24:00")] * 7
    assert (week["holidays"], len(week["exceptions"])) == (None, 1)
    week = await shown("Mo 08:00-32:00")
    assert week["days"][0]["spans"] == spans("08:00-32:00")


async def test_r026_a_week_opens_on_the_sites_clocks_also_when_they_jump(tenant: Tenant) -> None:
    contact = await tenant.contact("Bar", latitude="48.85", longitude="2.35")
    night = days(saturday=spans("22:00-02:30"), sunday=spans("02:30-05:00"))
    await tenant.do("accessHoursSet", contactId=contact, week={"days": night})

    async def at(when: str) -> tuple[bool, str | None]:
        found = await tenant.ask(OPEN, id=contact, at=when)
        return found["isOpen"], found["nextOpen"]

    # In the night to 29 March 2026, 02:00 is followed by 03:00.
    assert (await at("2026-03-29T01:59:00+01:00"))[0] is True
    assert await at("2026-03-29T03:00:00+02:00") == (True, "2026-03-29T03:00:00+02:00")
    assert await at("2026-03-29T05:00:00+02:00") == (False, "2026-04-04T22:00:00+02:00")
    # In the night to 25 October 2026, 03:00 is followed by 02:00.
    assert (await at("2026-10-25T02:15:00+02:00"))[0] is True
    assert (await at("2026-10-25T02:15:00+01:00"))[0] is True
    assert (await at("2026-10-25T04:59:00+01:00"))[0] is True
    assert await at("2026-10-25T05:00:00+01:00") == (False, "2026-10-31T22:00:00+01:00")


async def test_r026_no_days_at_all_are_open_all_day(tenant: Tenant) -> None:
    contact = await tenant.contact("Site")

    payload = await tenant.do("accessHoursSet", SHOWN, contactId=contact, week={"days": []})

    assert payload["accessHours"]["openingHours"] == "24/7"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"days": days(monday=spans("8h-12:00"))}, "INVALID_HOURS", "week.days.0.spans.0.opens"),
        ({"days": days(monday=spans("08:00-12"))}, "INVALID_HOURS", "week.days.0.spans.0.closes"),
        ({"days": days(monday=spans("08:61-12:00"))}, "INVALID_HOURS", "week.days.0.spans.0"),
        ({"days": days(monday=spans("24:00-25:00"))}, "INVALID_HOURS", "week.days.0.spans.0"),
        ({"days": days(monday=spans("08:00-08:00"))}, "EMPTY_SPAN", "week.days.0.spans.0"),
        (
            {"days": days(monday=spans("08:00-12:00", "11:00-13:00"))},
            "SPANS_OVERLAP",
            "week.days.0.spans",
        ),
        ({"days": [*BAR, *BAR]}, "DAY_TWICE", "week.days.1.day"),
        ({"days": days(monday=[], sunday=[])}, "NEVER_OPEN", "week.days"),
        (
            {"days": [], "holidays": {"spans": spans("x-y")}},
            "INVALID_HOURS",
            "week.holidays.spans.0.opens",
        ),
        (
            {
                "days": [],
                "exceptions": [{"first": "2026-02-02", "last": "2026-02-01", "spans": []}],
            },
            "INVALID_HOURS",
            "week.exceptions.0.last",
        ),
        (
            {"days": [], "exceptions": [{"first": "2026-02-02", "spans": []}] * 201},
            "TOO_MANY_EXCEPTIONS",
            "week.exceptions",
        ),
    ],
)
async def test_r026_an_impossible_week_is_refused_at_its_place(
    tenant: Tenant, given: Any, code: str, field: str
) -> None:
    contact = await tenant.contact("Site")

    assert await tenant.refused("accessHoursSet", contactId=contact, week=given) == [(code, field)]

    kept = await tenant.ask(
        "query($i: ID!) { contact(id: $i) { accessHours { version } } }", i=contact
    )
    assert kept["contact"]["accessHours"] is None


async def test_r026_hours_are_given_one_way(tenant: Tenant) -> None:
    contact = await tenant.contact("Site")

    for said in ({}, {"openingHours": "24/7", "week": {"days": []}}):
        assert await tenant.refused("accessHoursSet", contactId=contact, **said) == [
            ("NOT_ONE", "openingHours")
        ]


MINUTES = st.integers(0, DAY - 1)


@st.composite
def day_spans(draw: Any) -> tuple[tuple[int, int], ...]:
    ends = sorted(draw(st.lists(MINUTES, min_size=0, max_size=6, unique=True)))
    pairs = [(a, b) for a, b in zip(ends[::2], ends[1::2], strict=False)]
    if draw(st.booleans()):
        last = pairs[-1][1] if pairs else 0
        opens = draw(st.integers(last, DAY - 1))
        pairs.append((opens, opens + draw(st.integers(1, DAY))))
    return tuple(pairs)


@st.composite
def all_hours(draw: Any) -> Hours:
    weekly = draw(st.dictionaries(st.integers(1, 7), day_spans(), max_size=7))
    if weekly and not any(weekly.values()):
        weekly = {}
    first = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 400)))
    exception = Exception_(
        first, first + timedelta(days=draw(st.integers(0, 9))), draw(day_spans())
    )
    return Hours(
        dict(sorted(weekly.items())),
        draw(st.none() | day_spans()),
        (exception,) if draw(st.booleans()) else (),
    )


@given(all_hours(), st.integers(0, 366 * 96))
@settings(deadline=None, max_examples=150)
def test_r026_both_ways_of_writing_hours_mean_the_same(hours: Hours, quarter: int) -> None:
    by_week, by_text = week.read(week.shown(hours)), osm.read(osm.written(hours))
    instant = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarter)

    for later in range(0, 24 * 9, 5):
        at = instant + timedelta(hours=later)
        said = {is_open(each, at, PARIS, "FR") for each in (hours, by_week, by_text)}
        assert len(said) == 1
    assert next_open(hours, instant, PARIS, "FR") == next_open(by_week, instant, PARIS, "FR")
