"""Night after night, charts are what plain Python draws from the facts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.charts.models import CurrentChart
from core.charts.rules import Window
from core.charts.services import draw
from core.kit.session import Actor, TenantSession
from tests.cast import House, Tenant
from tests.core.facts import (
    BILLS,
    KEYS,
    VISITS,
    Bill,
    Drawing,
    Visit,
    expected,
    make_contacts,
    make_tables,
)

CONTACTS = 4
ZONES = [
    "Europe/Paris",
    "America/New_York",
    "Pacific/Auckland",
    "Asia/Kolkata",
    "Africa/Cairo",  # its clocks jump at midnight
    "America/Havana",  # and these fall back over it
]

amounts = st.none() | st.decimals(Decimal(-9999), Decimal(9999), places=4)
#: Where in the window a fact is, mostly near one of its ends.
places = st.integers(-2, 3) | st.integers(-186, -178) | st.integers(-200, 5)
facts = st.fixed_dictionaries(
    {
        "model": st.sampled_from([Visit, Bill]),
        "contact": st.integers(0, CONTACTS - 1),
        "place": places,
        "hour": st.integers(0, 23),
        "key": st.sampled_from([*KEYS, "OTHER", "ANOTHER"]),
        "amount": amounts,
    }
)
changes = st.fixed_dictionaries(
    {
        "what": st.sampled_from(["add", "delete", "move", "change"]),
        "which": st.integers(0, 100),
        "fact": facts,
    }
)
nights = st.lists(
    st.fixed_dictionaries(
        {
            "days": st.integers(0, 3) | st.integers(0, 12),
            "changes": st.lists(changes, max_size=3),
        }
    ),
    min_size=1,
    max_size=5,
)


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def tables(house: House) -> AsyncIterator[None]:
    await make_tables(house)
    yield


class Story:
    """A tenant whose facts change from night to night."""

    def __init__(self, tenant: Tenant, contacts: list[UUID], zone: ZoneInfo, day: date) -> None:
        self.tenant, self.contacts, self.zone, self.day = tenant, contacts, zone, day

    @property
    def window(self) -> Window:
        return Window(self.day, self.zone)

    def session(self, now: datetime) -> Any:
        sessions = self.tenant.house.sessions
        return sessions.begin(Actor(self.tenant.id), self.tenant.listeners, now)

    def values(self, given: dict[str, Any]) -> dict[str, Any]:
        day = self.day + timedelta(days=given["place"])
        at: Any = datetime(day.year, day.month, day.day, given["hour"], 30, tzinfo=self.zone)
        return {
            "contact_id": self.contacts[given["contact"]],
            "at": day if given["model"] is Bill else at.astimezone(UTC),
            "key": given["key"],
            "amount": given["amount"],
        }

    async def facts(self, session: TenantSession, model: Any) -> list[Any]:
        return list(await session.scalars(select(model).order_by(model.id)))

    async def change(self, session: TenantSession, change: dict[str, Any]) -> None:
        given = change["fact"]
        model, values = given["model"], self.values(given)
        there = await self.facts(session, model)
        if change["what"] == "add" or not there:
            session.add(model(**values))
            return
        fact = there[change["which"] % len(there)]
        if change["what"] == "delete":
            await session.delete(fact)
        elif change["what"] == "move":
            fact.contact_id = values["contact_id"]
        else:
            fact.at, fact.key, fact.amount = values["at"], values["key"], values["amount"]

    async def night(self) -> None:
        async with self.session(self.window.closes + timedelta(minutes=5)) as session:
            await draw(session, [VISITS, BILLS], self.day, self.zone)

    async def check(self) -> None:
        async with self.session(self.window.closes) as session:
            chart = CurrentChart.c
            rows = await session.execute(
                select(chart.kind, chart.contact_id, *list(chart)[3:]).where(
                    chart.tenant_id == self.tenant.id
                )
            )
            shown: dict[str, dict[UUID, Drawing]] = {"VISITS": {}, "BILLS": {}}
            for kind, contact, *drawing in rows:
                shown[kind][contact] = Drawing(*drawing)
            for model, kind in ((Visit, "VISITS"), (Bill, "BILLS")):
                there = await self.facts(session, model)
                assert shown[kind] == expected(there, self.window)


@given(
    start=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    zone=st.sampled_from(ZONES),
    first=st.lists(facts, max_size=12),
    later=nights,
)
@settings(max_examples=40, deadline=None)
async def test_r036_charts_are_exact_night_after_night(
    house: House, start: date, zone: str, first: list[Any], later: list[Any]
) -> None:
    tenant = await house.tenant()
    story = Story(tenant, await make_contacts(tenant, CONTACTS), ZoneInfo(zone), start)
    async with story.session(story.window.opens) as session:
        for given_ in first:
            session.add(given_["model"](**story.values(given_)))
    await story.night()
    await story.check()

    for night in later:
        written = story.window.closes + timedelta(minutes=10)
        story.day += timedelta(days=night["days"])
        async with story.session(written) as session:
            for change in night["changes"]:
                await story.change(session, change)
                await session.flush()
        await story.night()
        await story.check()


@pytest.mark.parametrize("day", [date(2026, 8, 28), date(2026, 8, 31), date(2028, 8, 29)])
async def test_the_database_begins_the_window_where_python_does(house: House, day: date) -> None:
    found = await house.owner.fetchval("select core_chart_first_day($1)", day)

    assert found == Window(day, ZoneInfo("UTC")).first
