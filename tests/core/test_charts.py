"""Charts are a snapshot of an evening: drawn once, whole, and the tenant's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from core.charts.rules import Window, first_day
from core.charts.services import draw
from core.kit.ids import global_id
from core.kit.session import Actor
from tests.cast import House, Tenant
from tests.core.facts import BILLS, VISITS, Bill, Visit, make_contacts, make_tables

PARIS = ZoneInfo("Europe/Paris")
DAY = date(2026, 3, 10)
CHARTS = """query($id: ID!) { contact(id: $id) { overview { charts { asOf isStale days } } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def tables(house: House) -> AsyncIterator[None]:
    await make_tables(house)
    yield


def at(hour: int, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=PARIS).astimezone(UTC)


def session(tenant: Tenant, now: datetime) -> Any:
    return tenant.house.sessions.begin(Actor(tenant.id), tenant.listeners, now)


async def add(tenant: Tenant, now: datetime, *facts: Any) -> None:
    async with session(tenant, now) as s:
        s.add_all(facts)


async def night(tenant: Tenant, day: date = DAY, zone: ZoneInfo = PARIS, **more: Any) -> int:
    async with session(tenant, Window(day, zone).closes) as s:
        return await draw(s, [VISITS, BILLS], day, zone, **more)


async def rows(tenant: Tenant) -> list[Any]:
    found = await tenant.house.owner.fetch(
        'select contact_id, kind, day, keys, "values"::text as v, tops::text, counts::text '
        "from core_chart where tenant_id = $1 order by kind, contact_id",
        tenant.id,
    )
    return [tuple(row) for row in found]


async def last_counts(tenant: Tenant, days: int = 1) -> Any:
    """What the newest days of the tenant's only chart count."""
    return await tenant.house.owner.fetchval(
        "select (select json_agg(n) from (select n from json_array_elements(counts->0) "
        "with ordinality as e(n, place) order by place desc limit $2) newest) "
        "from core_chart_current where tenant_id = $1",
        tenant.id, days,
    )  # fmt: skip


async def some_facts(tenant: Tenant) -> list[Any]:
    contacts = await make_contacts(tenant, 3)
    await add(
        tenant,
        at(9),
        *(
            Visit(contact_id=c, at=at(n), key="NEW", amount=Decimal(n))
            for n, c in enumerate(contacts)
        ),
        *(Bill(contact_id=c, at=DAY, key="DONE", amount=Decimal("-3.5")) for c in contacts),
    )
    return contacts


async def test_r036_the_same_night_twice_gives_identical_rows(tenant: Tenant) -> None:
    await some_facts(tenant)

    await night(tenant)
    first = await rows(tenant)
    await night(tenant)

    assert await rows(tenant) == first
    assert len(first) == 6


async def test_r036_a_night_that_breaks_half_way_leaves_nothing_and_is_done_again(
    tenant: Tenant,
) -> None:
    await some_facts(tenant)

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyError("half-way")

    with pytest.raises(KeyError, match="half-way"):
        await night(tenant, progress=stop)
    assert await rows(tenant) == []

    seen: list[tuple[int, int]] = []
    assert await night(tenant, progress=lambda *step: seen.append(step)) == 6
    assert seen == [(0, 6), (3, 6), (6, 6)]
    assert len(await rows(tenant)) == 6


async def test_r036_what_happens_after_the_evening_is_for_the_next_night(tenant: Tenant) -> None:
    (contact,) = await make_contacts(tenant, 1)
    await add(tenant, at(9), Visit(contact_id=contact, at=at(12), key="NEW", amount=Decimal(1)))
    await add(tenant, at(9), Visit(contact_id=contact, at=at(21), key="NEW", amount=Decimal(1)))

    await night(tenant)
    assert await last_counts(tenant) == "[1]"
    await night(tenant, DAY + timedelta(days=1))

    assert await last_counts(tenant, 2) == "[0, 2]"


async def test_r036_charts_do_not_go_back(tenant: Tenant) -> None:
    await some_facts(tenant)
    await night(tenant)
    before = await rows(tenant)

    assert await night(tenant, DAY - timedelta(days=1)) == 0

    assert await rows(tenant) == before


async def test_r036_a_night_that_changes_little_draws_little(tenant: Tenant) -> None:
    contacts = await make_contacts(tenant, 40)
    visits = [Visit(contact_id=c, at=at(9), key="NEW", amount=Decimal(1)) for c in contacts]
    await add(tenant, at(9), *visits)
    assert await night(tenant) == 40

    await add(
        tenant,
        at(9, DAY + timedelta(days=1)),
        Visit(contact_id=contacts[0], at=at(9), key="NEW", amount=Decimal(1)),
    )
    turns = [await night(tenant, DAY + timedelta(days=n)) for n in range(1, 8)]

    # Within a week it was everybody's turn, and nobody's twice but the one that had changed.
    assert 40 <= sum(turns) <= 42
    assert max(turns) < 40


async def test_r036_another_time_zone_or_module_draws_everything_anew(tenant: Tenant) -> None:
    (contact,) = await make_contacts(tenant, 1)
    late = Visit(contact_id=contact, at=at(23, DAY - timedelta(days=1)), key="NEW", amount=None)
    await add(tenant, at(9), late)
    await night(tenant)
    assert await last_counts(tenant, 2) == "[0, 1]"

    await night(tenant, zone=ZoneInfo("Pacific/Auckland"), day=DAY + timedelta(days=1))
    assert await last_counts(tenant, 2) == "[0, 1]"

    async with session(tenant, at(20)) as s:
        assert await draw(s, [BILLS], DAY + timedelta(days=2), PARIS) == 1  # the visits are gone
    assert await rows(tenant) == []
    await night(tenant, DAY + timedelta(days=3))
    assert len(await rows(tenant)) == 1


async def test_charts_are_drawn_from_the_tenants_own_facts(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    await some_facts(tenant)
    await some_facts(other_tenant)

    await night(tenant)

    assert len(await rows(tenant)) == 6
    assert await rows(other_tenant) == []


async def test_r036_as_of_and_staleness_are_exposed(tenant: Tenant) -> None:
    contact = global_id("contact", (await make_contacts(tenant, 1))[0])

    charts = (await tenant.ask(CHARTS, id=contact))["contact"]["overview"]["charts"]
    assert charts == {"asOf": None, "isStale": None, "days": None}

    await night(tenant)
    charts = (await tenant.ask(CHARTS, id=contact))["contact"]["overview"]["charts"]
    assert (charts["asOf"], charts["isStale"]) == ("2026-03-10T19:00:00+00:00", True)
    assert (charts["days"][0], charts["days"][-1]) == ("2025-09-11", "2026-03-10")

    today = datetime.now(UTC).date()
    await night(tenant, today)
    charts = (await tenant.ask(CHARTS, id=contact))["contact"]["overview"]["charts"]
    assert charts["isStale"] is False


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2026, 11, 24), date(2026, 5, 25)),
        (date(2026, 8, 31), date(2026, 3, 1)),
        (date(2026, 8, 28), date(2026, 3, 1)),
        (date(2024, 8, 29), date(2024, 3, 1)),
        (date(2026, 1, 15), date(2025, 7, 16)),
    ],
)
def test_r036_six_months_end_with_the_day(day: date, first: date) -> None:
    assert first_day(day) == first


def test_r036_the_window_opens_at_the_tenants_midnight_and_closes_in_its_evening() -> None:
    window = Window(date(2026, 9, 29), PARIS)

    assert (window.opens, window.closes) == (
        datetime(2026, 3, 29, 22, tzinfo=UTC),
        datetime(2026, 9, 29, 18, tzinfo=UTC),
    )
    assert window.stale_after == datetime(2026, 9, 30, 21, tzinfo=UTC)
    # Where clocks jump over midnight, the day begins where they land.
    cairo = Window(date(2026, 10, 23), ZoneInfo("Africa/Cairo"))
    assert cairo.first == date(2026, 4, 24)
    assert cairo.opens.astimezone(cairo.zone).hour == 1
