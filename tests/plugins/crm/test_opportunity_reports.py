"""Conversion per stage and per sales representative, and time in stage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.kit.ids import global_id, key_in
from plugins.crm.services import opportunities, stages
from tests.cast import Tenant
from tests.plugins.crm.cast import colleague

BY_STAGE = """query($since: Date, $until: Date, $ownerId: ID) {
  opportunityStageReport(since: $since, until: $until, ownerId: $ownerId) {
    stage { name colour } reachedCount wonCount lostCount conversionRate averageDays
    openCount openValue weightedValue } }"""
BY_OWNER = """query($since: Date, $until: Date) {
  opportunityOwnerReport(since: $since, until: $until) {
    ownerId ownerName totalCount wonCount lostCount conversionRate wonValue wonMargin openValue
    averageDays } }"""
BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROSPECT, QUALIFIED, VISIT, QUOTATION, NEGOTIATION = range(5)


async def tell(
    tenant: Tenant, contact: str, value: int, *stays: tuple[int, float],
    outcome: str | None = None, cost: int = 0, began: datetime = BEGAN,
) -> None:  # fmt: skip
    """Open an opportunity and take it through *stays*: a stage, and how many days it lasts."""
    at = began

    async def then(do: Any) -> Any:
        async with tenant.house.sessions.begin(tenant.actor, tenant.listeners, at) as session:
            return await do(session, await stages.ensure_defaults(session))

    async def begin(session: Any, steps: Any) -> Any:
        made = await opportunities.create(
            session, key_in(contact, "contact"), "Boiler", steps[stays[0][0]].id,
            value_excl_tax=Decimal(value), cost=Decimal(cost),
        )  # fmt: skip
        return made.id

    key = await then(begin)
    at += timedelta(days=stays[0][1])
    for stage, days in stays[1:]:
        await then(lambda s, steps, stage=stage: opportunities.move(s, key, steps[stage].id))
        at += timedelta(days=days)
    if outcome:
        await then(lambda s, _: opportunities.set_status(s, key, outcome))


async def stage_rows(tenant: Tenant, **given: Any) -> dict[str, tuple[Any, ...]]:
    rows = (await tenant.ask(BY_STAGE, **given))["opportunityStageReport"]
    return {row["stage"]["name"]: tuple(list(row.values())[1:]) for row in rows}


async def test_r030_conversion_and_time_per_stage(tenant: Tenant) -> None:
    site = await tenant.contact()
    await tell(tenant, site, 1000, (PROSPECT, 2), (VISIT, 4), (QUOTATION, 3), outcome="WON")
    await tell(tenant, site, 500, (PROSPECT, 4), (VISIT, 1), outcome="LOST")
    await tell(tenant, site, 200, (PROSPECT, 6), (VISIT, 5), (PROSPECT, 1), outcome="LOST")
    await tell(tenant, site, 300, (PROSPECT, 1), (NEGOTIATION, 0))
    await tell(tenant, site, 99, (PROSPECT, 0))

    found = await stage_rows(tenant)

    assert list(found) == ["Prospect", "Qualified", "Visit", "Quotation", "Negotiation"]
    # reached, won, lost, rate, days, open, their value, and that times the probability
    assert found == {
        "Prospect": (5, 1, 2, "33.3", "2.80", 1, "99.00", "9.90"),
        "Qualified": (0, 0, 0, None, None, 0, "0.00", "0.00"),
        "Visit": (3, 1, 2, "33.3", "3.33", 0, "0.00", "0.00"),
        "Quotation": (1, 1, 0, "100.0", "3.00", 0, "0.00", "0.00"),
        "Negotiation": (1, 0, 0, None, None, 1, "300.00", "240.00"),
    }


async def test_r030_conversion_per_sales_representative(tenant: Tenant) -> None:
    site = await tenant.contact()
    alex = await colleague(tenant, "alex")
    await tell(tenant, site, 1000, (PROSPECT, 2), outcome="WON", cost=600)
    await tell(tenant, site, 300, (PROSPECT, 4), outcome="LOST")
    await tell(alex, site, 5000, (VISIT, 6), outcome="WON", cost=4000)
    await tell(alex, site, 250, (VISIT, 0))

    rows = (await tenant.ask(BY_OWNER))["opportunityOwnerReport"]
    own = await stage_rows(tenant, ownerId=global_id("user", alex.user_id))

    assert [tuple(row.values()) for row in rows] == [
        (global_id("user", alex.user_id), "Alex", 2, 1, 0, "100.0", "5000.00", "1000.00",
         "250.00", "6.00"),
        (global_id("user", tenant.user_id), "Camille", 2, 1, 1, "50.0", "1000.00", "400.00",
         "0.00", "3.00"),
    ]  # fmt: skip
    assert own["Visit"] == (2, 1, 0, "100.0", "6.00", 1, "250.00", "100.00")
    assert own["Prospect"][0] == 0


async def test_r030_reports_are_of_the_days_of_the_tenants_own_calendar(tenant: Tenant) -> None:
    site = await tenant.contact()
    late = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)  # in Paris it is the 10th
    await tell(tenant, site, 100, (PROSPECT, 1), outcome="WON", began=late)

    async def counted(since: str, until: str) -> int:
        found = await stage_rows(tenant, since=since, until=until)
        return int(found["Prospect"][0])

    assert await counted("2026-03-10", "2026-03-10") == 1
    assert await counted("2026-03-09", "2026-03-09") == 0
    assert (await tenant.ask(BY_OWNER, since="2026-03-11"))["opportunityOwnerReport"] == []


async def test_r030_reports_know_no_other_tenants_opportunities(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    await tell(other_tenant, await other_tenant.contact(), 100, (PROSPECT, 1), outcome="WON")

    assert await stage_rows(tenant) == {}
    assert (await tenant.ask(BY_OWNER))["opportunityOwnerReport"] == []
    assert len(await stage_rows(other_tenant)) == 5
