"""Access hours: when a site is open, on its own clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opening_hours import OpeningHours

from plugins.crm.rules import osm
from plugins.crm.rules.hours import is_open, next_open
from tests.cast import Tenant

PARIS = ZoneInfo("Europe/Paris")
OF = """query($id: ID!) { contact(id: $id) { site { timeZone }
  accessHours { openingHours timeZone country provenance version } } }"""
OPEN = """query($id: ID!, $at: DateTime!) {
  isOpen(contactId: $id, at: $at) nextOpen(contactId: $id, at: $at) }"""
WEEK = "Mo-Fr 08:00-12:00,14:00-18:00"


async def at(tenant: Tenant, contact: str, when: str) -> tuple[bool, str | None]:
    found = await tenant.ask(OPEN, id=contact, at=when)
    return found["isOpen"], found["nextOpen"]


async def hours_of(tenant: Tenant, contact: str) -> Any:
    return (await tenant.ask(OF, id=contact))["contact"]["accessHours"]


async def test_r026_without_any_rows_it_is_open_at_all_times(tenant: Tenant) -> None:
    contact = await tenant.contact("Site")

    assert await hours_of(tenant, contact) is None
    now = "2026-11-29T03:00:00+01:00"
    assert await at(tenant, contact, now) == (True, now)


async def test_r026_once_one_day_has_hours_a_day_without_is_closed(tenant: Tenant) -> None:
    contact = await tenant.contact("Site")
    payload = await tenant.do(
        "accessHoursSet", "accessHours { openingHours provenance }",
        contactId=contact, openingHours=" Mo-Fr 8:00-12:00, 14:00-18:00 ",
    )  # fmt: skip

    assert payload["accessHours"] == {"openingHours": WEEK, "provenance": "MANUAL"}
    monday = "2026-11-30T08:00:00+01:00"
    assert await at(tenant, contact, "2026-11-27T11:59:59+01:00") == (
        True,
        "2026-11-27T11:59:59+01:00",
    )
    assert await at(tenant, contact, "2026-11-27T12:00:00+01:00") == (
        False,
        "2026-11-27T14:00:00+01:00",
    )
    assert await at(tenant, contact, "2026-11-27T18:00:00+01:00") == (False, monday)
    assert await at(tenant, contact, "2026-11-29T09:00:00+01:00") == (False, monday)

    await tenant.do("accessHoursClear", contactId=contact)
    assert (await at(tenant, contact, "2026-11-29T09:00:00+01:00"))[0] is True


async def test_r026_spans_go_over_midnight(tenant: Tenant) -> None:
    contact = await tenant.contact("Bar")
    await tenant.do("accessHoursSet", contactId=contact, openingHours="Sa 22:00-02:00")

    assert (await hours_of(tenant, contact))["openingHours"] == "Sa 22:00-02:00"
    assert (await at(tenant, contact, "2026-11-29T01:59:00+01:00"))[0] is True
    assert await at(tenant, contact, "2026-11-29T02:00:00+01:00") == (
        False,
        "2026-12-05T22:00:00+01:00",
    )


async def test_r026_public_holidays_and_dates_have_hours_of_their_own(tenant: Tenant) -> None:
    contact = await tenant.contact("Site", country="FR")
    text = f"{WEEK}; PH off; 2026 Dec 24 08:00-12:00; 2026 Dec 28-2026 Dec 31 off"
    await tenant.do("accessHoursSet", contactId=contact, openingHours=text)

    assert (await hours_of(tenant, contact))["openingHours"] == text
    assert (await at(tenant, contact, "2026-07-14T09:00:00+02:00"))[0] is False
    assert await at(tenant, contact, "2026-12-24T14:30:00+01:00") == (
        False,
        "2027-01-04T08:00:00+01:00",  # Christmas, then closed, then New Year's Day
    )
    await tenant.do("accessHoursSet", contactId=contact, openingHours=text, country="DE")
    assert (await at(tenant, contact, "2026-07-14T09:00:00+02:00"))[0] is True
    await tenant.do("accessHoursSet", contactId=contact, openingHours="2026 Dec 25 off")
    assert (await at(tenant, contact, "2026-12-25T09:00:00+01:00"))[0] is False
    assert (await at(tenant, contact, "2026-12-26T09:00:00+01:00"))[0] is True


async def test_r026_the_clocks_are_those_of_the_site(tenant: Tenant) -> None:
    contact = await tenant.contact("Cayenne", latitude="4.9372", longitude="-52.3260")
    await tenant.do("accessHoursSet", contactId=contact, openingHours="Mo-Su 08:00-18:00")

    found = (await tenant.ask(OF, id=contact))["contact"]
    assert found["site"] == {"timeZone": "America/Cayenne"}
    assert found["accessHours"]["timeZone"] is None
    assert await at(tenant, contact, "2026-11-27T08:30:00+01:00") == (
        False,
        "2026-11-27T08:00:00-03:00",
    )
    await tenant.do(
        "accessHoursSet", contactId=contact, openingHours="Mo-Su 08:00-18:00",
        timeZone="Europe/Paris",
    )  # fmt: skip
    assert (await at(tenant, contact, "2026-11-27T08:30:00+01:00"))[0] is True


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "INVALID_HOURS"),
        ("whenever", "INVALID_HOURS"),
        ("Mo 25:00-26:00", "INVALID_HOURS"),
        ("Mo 08:61-12:00", "INVALID_HOURS"),
        ("2026 Feb 30 off", "INVALID_HOURS"),
        ("Mo 08:00-12:00,11:00-13:00", "SPANS_OVERLAP"),
        ("Mo 08:00-08:00", "EMPTY_SPAN"),
        ("Mo-Su off", "NEVER_OPEN"),
        ("Mo sunrise-sunset", "UNSUPPORTED_HOURS"),
        ("Jan-Mar Mo 08:00-12:00", "UNSUPPORTED_HOURS"),
        ("; ".join(["Mo 08:00-12:00"] * 150), "INVALID_HOURS"),
    ],
)
async def test_r026_impossible_hours_are_refused(tenant: Tenant, text: str, code: str) -> None:
    contact = await tenant.contact("Site")
    await tenant.do("accessHoursSet", contactId=contact, openingHours=WEEK)
    before = await hours_of(tenant, contact)

    refused = await tenant.refused("accessHoursSet", contactId=contact, openingHours=text)

    assert refused == [(code, "openingHours")]
    assert await hours_of(tenant, contact) == before


async def test_r026_what_cannot_be_set_is_refused_with_its_field(tenant: Tenant) -> None:
    contact = await tenant.contact("Site")

    async def refused(**more: Any) -> Any:
        given = {"contactId": contact, "openingHours": WEEK, **more}
        (found,) = await tenant.refused("accessHoursSet", **given)
        assert await hours_of(tenant, contact) is None
        return found

    assert await refused(timeZone="Mars/Olympus") == ("INVALID_TIME_ZONE", "timeZone")
    assert await refused(timeZone="") == ("INVALID_TIME_ZONE", "timeZone")
    assert await refused(country="XX") == ("INVALID_COUNTRY", "country")
    assert await tenant.refused("accessHoursClear", contactId=contact) == [
        ("NO_HOURS", "contactId")
    ]
    await tenant.do("accessHoursSet", contactId=contact, openingHours=WEEK)
    assert await tenant.refused(
        "accessHoursSet", contactId=contact, openingHours="24/7", version=7
    ) == [("STALE_VERSION", "version")]


async def test_r026_who_may_not_see_or_set_hours_is_refused(tenant: Tenant) -> None:
    contact = await tenant.contact("Site")
    blind = tenant.without("crm.read")
    for query, more in ((OF, {}), (OPEN, {"at": "2026-11-27T12:00:00+01:00"})):
        answer = await blind.answer(query, id=contact, **more)
        assert {e["extensions"]["code"] for e in answer["errors"]} == {"FORBIDDEN"}
    answer = await tenant.without("crm.sites").answer(
        "mutation($id: ID!) { accessHoursClear(input: {contactId: $id}) { userErrors { code } } }",
        id=contact,
    )
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


# --- the clocks ---


def opens(text: str, when: str, zone: ZoneInfo = PARIS) -> str | None:
    found = next_open(osm.read(text), datetime.fromisoformat(when), zone, "FR")
    return None if found is None else found.isoformat()


def test_r026_an_opening_that_the_clocks_jump_over_is_when_they_have_jumped() -> None:
    # On 29 March 2026, 02:00 is followed by 03:00.
    assert opens("Su 02:30-05:00", "2026-03-29T01:00:00+01:00") == "2026-03-29T03:00:00+02:00"
    assert opens("Su 02:15-02:45", "2026-03-29T01:00:00+01:00") == "2026-04-05T02:15:00+02:00"
    assert opens("Su 03:00-05:00", "2026-03-29T01:59:59+01:00") == "2026-03-29T03:00:00+02:00"


def test_r026_the_hour_that_comes_twice_counts_twice() -> None:
    # On 25 October 2026, 03:00 summer time is followed by 02:00.
    hours = "Su 02:10-02:40"
    assert opens(hours, "2026-10-25T01:00:00+02:00") == "2026-10-25T02:10:00+02:00"
    assert opens(hours, "2026-10-25T02:50:00+02:00") == "2026-10-25T02:10:00+01:00"
    assert opens(hours, "2026-10-25T02:50:00+01:00") == "2026-11-01T02:10:00+01:00"


def test_r026_hours_that_never_come_are_none() -> None:
    assert opens("2020 Jan 01 08:00-12:00", "2026-01-01T00:00:00+01:00") is not None
    assert opens("Mo 08:00-12:00; 2026 Jan 01-2028 Jan 01 off", "2026-01-01T00:00:00+01:00") is None


MINUTES = st.integers(0, 95).map(lambda quarter: quarter * 15)


@st.composite
def texts(draw: Any) -> str:
    def spans() -> str:
        ends = sorted(draw(st.lists(MINUTES, min_size=2, max_size=4, unique=True)))
        pairs = list(zip(ends[::2], ends[1::2], strict=False))
        return ",".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in pairs)

    days = draw(st.lists(st.sampled_from(osm.DAYS), min_size=1, max_size=5, unique=True))
    rules = [f"{day} {spans()}" for day in days]
    if draw(st.booleans()):
        rules.append("PH off" if draw(st.booleans()) else f"PH {spans()}")
    if draw(st.booleans()):
        rules.append(f"2026 Dec {draw(st.integers(20, 31))} {spans()}")
    return "; ".join(rules)


INSTANTS = st.integers(0, 366 * 96).map(
    lambda quarter: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarter)
)


@given(texts(), INSTANTS)
@settings(deadline=None, max_examples=200)
def test_r026_hours_are_read_as_the_library_reads_them(text: str, instant: datetime) -> None:
    hours = osm.read(text)
    theirs = OpeningHours(text, country="FR", timezone=PARIS)

    assert is_open(hours, instant, PARIS, "FR") == theirs.is_open(instant.astimezone(PARIS))
    again = osm.read(osm.written(hours))
    assert all(
        is_open(again, instant + timedelta(hours=h), PARIS, "FR")
        == is_open(hours, instant + timedelta(hours=h), PARIS, "FR")
        for h in range(0, 400, 7)
    )


@given(texts(), INSTANTS)
@settings(deadline=None, max_examples=60)
def test_r026_until_it_opens_it_is_closed(text: str, instant: datetime) -> None:
    hours = osm.read(text)
    found = next_open(hours, instant, PARIS, "FR")

    end = instant + timedelta(days=20) if found is None else found
    quarter = instant
    while quarter < min(end, instant + timedelta(days=20)):
        assert not is_open(hours, quarter, PARIS, "FR")
        quarter += timedelta(minutes=15)
    assert found is None or is_open(hours, found, PARIS, "FR")
