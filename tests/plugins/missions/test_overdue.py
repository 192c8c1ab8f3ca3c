"""Missions that have not begun on time are late by the evening."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.kit.jobs import Night
from plugins.missions.jobs import mark_overdue
from tests.cast import Tenant
from tests.plugins.missions.cast import mission, move, seen

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).isoformat()
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()


async def evening(tenant: Tenant) -> int:
    modules = tenant.house.modules.only(tenant.modules)
    night = Night(date(2026, 3, 1), ZoneInfo("Europe/Paris"), modules)
    async with tenant.session() as session:
        return await mark_overdue(session, night)


async def late(tenant: Tenant, made: dict[str, Any]) -> bool:
    return bool((await seen(tenant, made["id"], "lateStart"))["lateStart"])


async def test_r059_a_mission_that_has_not_begun_on_time_is_late_by_the_evening_once(
    tenant: Tenant,
) -> None:
    site = await tenant.contact("Site")
    overdue = await mission(tenant, site, plannedStart=YESTERDAY)
    ahead = await mission(tenant, site, plannedStart=TOMORROW)
    unplanned = await mission(tenant, site)
    cancelled = await mission(tenant, site, plannedStart=YESTERDAY)
    await tenant.do("missionCancel", id=cancelled["id"], reason="Moved")

    first, second = await evening(tenant), await evening(tenant)

    assert (first, second) == (1, 0)
    assert [await late(tenant, m) for m in (overdue, ahead, unplanned, cancelled)] == [
        True, False, False, False,
    ]  # fmt: skip
    found = await tenant.ask("{ alerts { nodes { cause title about { id } } } }")
    assert found["alerts"]["nodes"] == [
        {"cause": "MISSION_LATE", "title": "Mission M-000001 non commencée à l'heure prévue",
         "about": {"id": overdue["id"]}},
    ]  # fmt: skip


async def test_r059_planned_anew_a_mission_is_late_no_more(tenant: Tenant) -> None:
    site = await tenant.contact("Site")
    made = await mission(tenant, site, plannedStart=YESTERDAY)
    other = await mission(tenant, site, plannedStart=YESTERDAY)
    await evening(tenant)

    await tenant.do("missionUpdate", id=made["id"], plannedStart=TOMORROW)
    await move(tenant, other["id"], "UNSCHEDULED")

    assert not await late(tenant, made)
    assert not await late(tenant, other)
    assert await evening(tenant) == 0


async def test_r059_the_evening_of_one_tenant_is_no_others(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    theirs = await mission(other_tenant, await other_tenant.contact(), plannedStart=YESTERDAY)

    assert await evening(tenant) == 0
    assert not await late(other_tenant, theirs)
