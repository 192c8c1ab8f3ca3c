"""Nights: in each tenant's evening, once, whole, caught up, and nobody else's business."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

import core.plugin
from core.jobs.services.nights import MOST_ATTEMPTS
from core.kit.errors import Refused
from core.kit.jobs import Night, NightlyJob, business_day, evening
from core.kit.modules import ModuleInfo, hookimpl
from core.kit.settings import ConfigurationError
from gateway.backstage import Tenant as Backstaged
from gateway.modules import modules_of
from gateway.nightly import by_hand, due, run_job, to_do
from tests.cast import House, Tenant
from tests.gateway.stage import MODULES, Stage
from tests.gateway.stage import stage as stage_module

DAY = date(2026, 3, 10)
RUNS = """{ jobRuns { nodes { job day state attempts rows error startedAt finishedAt } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(house: House) -> AsyncIterator[Stage]:
    async with Stage.open(house) as opened:
        yield opened


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "now", "day"),
    [
        ("Europe/Paris", "2026-01-10 18:59:59", date(2026, 1, 9)),
        ("Europe/Paris", "2026-01-10 19:00:00", date(2026, 1, 10)),
        # In summer the same evening is an hour earlier, also on the day the clocks change.
        ("Europe/Paris", "2026-03-28 18:59:59", date(2026, 3, 27)),
        ("Europe/Paris", "2026-03-29 17:59:59", date(2026, 3, 28)),
        ("Europe/Paris", "2026-03-29 18:00:00", date(2026, 3, 29)),
        ("Europe/Paris", "2026-10-25 18:59:59", date(2026, 10, 24)),
        ("Europe/Paris", "2026-10-25 19:00:00", date(2026, 10, 25)),
        # East of Greenwich the evening comes before the day is over, west of it after.
        ("Pacific/Auckland", "2026-01-10 07:00:00", date(2026, 1, 10)),
        ("America/Los_Angeles", "2026-01-11 03:59:59", date(2026, 1, 9)),
        ("America/Los_Angeles", "2026-01-11 04:00:00", date(2026, 1, 10)),
        ("Asia/Kolkata", "2026-01-10 14:30:00", date(2026, 1, 10)),
    ],
)
def test_r084_a_business_day_ends_at_eight_in_the_tenants_evening(
    zone: str, now: str, day: date
) -> None:
    assert business_day(at(now), ZoneInfo(zone)) == day


def test_r084_an_hour_of_nights_is_due_tenant_by_tenant(stage: Stage) -> None:
    def tenant(zone: str) -> Backstaged:
        return Backstaged(DAY, zone, ZoneInfo(zone), MODULES)  # type: ignore[arg-type]

    paris, montreal = tenant("Europe/Paris"), tenant("America/Montreal")

    found = due([paris, montreal], evening(DAY, ZoneInfo("Europe/Paris")))

    assert found == [(paris, DAY), (montreal, DAY - timedelta(days=1))]


async def test_r084_a_job_is_done_once_for_a_day(stage: Stage) -> None:
    caller, tenant = await stage.tenant()
    assert "stage" in await to_do(stage.backstage, tenant, DAY)

    for _ in range(2):
        assert await run_job(stage.backstage, tenant, "stage", DAY) is None

    assert await stage.written(caller) == ["night of 2026-03-10"]
    (run,) = await stage.runs(caller)
    assert (run["state"], run["attempts"], run["rows"], run["error"]) == ("DONE", 1, 1, None)
    assert run["finished_at"] >= run["started_at"]
    assert "stage" not in await to_do(stage.backstage, tenant, DAY)
    assert "stage" in await to_do(stage.backstage, tenant, DAY + timedelta(days=1))


async def test_r084_schedulers_that_collide_do_it_once(stage: Stage) -> None:
    caller, tenant = await stage.tenant()

    await asyncio.gather(*(run_job(stage.backstage, tenant, "stage", DAY) for _ in range(4)))

    assert await stage.written(caller) == ["night of 2026-03-10"]
    assert [run["state"] for run in await stage.runs(caller)] == ["DONE"]


class Broken:
    """The module of the stage, in a release whose job fails."""

    def __init__(self, fault: BaseException) -> None:
        self.fault = fault

    @hookimpl
    def module_info(self) -> ModuleInfo:
        return ModuleInfo(title="Stage")

    @hookimpl
    def nightly_jobs(self) -> list[NightlyJob]:
        return [NightlyJob("stage", self.play)]

    async def play(self, session: Any, night: Night) -> int:
        await stage_module.play(session, night)
        raise self.fault


def with_fault(tenant: Backstaged, fault: BaseException) -> Backstaged:
    return replace(tenant, modules=modules_of({"core": core.plugin, "stage": Broken(fault)}))


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (ValueError("the password is hunter2"), "Unexpected error. Quote "),
        (SystemExit(3), "Unexpected error. Quote "),
        (asyncio.CancelledError(), "Unexpected error. Quote "),
        (Refused("NO_RATES", "There are no rates for March."), "There are no rates for March."),
    ],
    ids=["error", "exit", "cancelled", "refused"],
)
async def test_r084_a_failed_job_writes_nothing_and_is_tried_three_times(
    stage: Stage, fault: BaseException, reason: str
) -> None:
    caller, tenant = await stage.tenant()
    broken = with_fault(tenant, fault)

    for _ in range(MOST_ATTEMPTS + 1):
        await run_job(stage.backstage, broken, "stage", DAY)

    assert await stage.written(caller) == []
    (run,) = await stage.runs(caller)
    assert (run["state"], run["attempts"], run["rows"]) == ("FAILED", 3, None)
    assert run["error"].startswith(reason)
    assert "hunter2" not in run["error"]
    assert "stage" not in await to_do(stage.backstage, tenant, DAY)
    assert "stage" in await to_do(stage.backstage, tenant, DAY + timedelta(days=1))


async def test_r084_what_has_failed_too_often_can_be_runby_hand(stage: Stage) -> None:
    caller, tenant = await stage.tenant()
    broken = with_fault(tenant, ValueError("no"))
    for _ in range(MOST_ATTEMPTS):
        await run_job(stage.backstage, broken, "stage", DAY)

    await run_job(stage.backstage, tenant, "stage", DAY)
    assert await stage.written(caller) == []
    await run_job(stage.backstage, tenant, "stage", DAY, by_hand=True)

    assert await stage.written(caller) == ["night of 2026-03-10"]
    (run,) = await stage.runs(caller)
    assert (run["state"], run["attempts"], run["error"]) == ("DONE", 4, None)


async def test_r084_a_job_that_kills_its_process_three_times_waits_too(stage: Stage) -> None:
    caller, tenant = await stage.tenant()
    await stage.house.owner.execute(
        "insert into core_job_run (tenant_id, id, job, day, state, attempts, started_at) "
        "values ($1, $1, 'stage', $2, 'RUNNING', 3, now())",
        caller.id, DAY,
    )  # fmt: skip

    await run_job(stage.backstage, tenant, "stage", DAY)

    (run,) = await stage.runs(caller)
    assert run["state"] == "FAILED"
    assert run["error"] == "The process that ran it ended before it was done."
    assert await stage.written(caller) == []


async def test_r084_one_tenants_failure_touches_no_other(stage: Stage) -> None:
    caller, tenant = await stage.tenant()
    other_caller, other = await stage.tenant()

    await asyncio.gather(
        run_job(stage.backstage, with_fault(tenant, SystemExit(3)), "stage", DAY),
        run_job(stage.backstage, other, "stage", DAY),
    )

    assert [run["state"] for run in await stage.runs(caller)] == ["FAILED"]
    assert [run["state"] for run in await stage.runs(other_caller)] == ["DONE"]


async def test_r084_a_tenant_whose_settings_do_not_fit_stops_nobodys_night(stage: Stage) -> None:
    lost, _ = await stage.tenant()
    _, tenant = await stage.tenant()
    await stage.house.owner.execute(
        "update core_tenant set time_zone = 'Mars/Olympus' where id = $1", lost.id
    )

    found = [each.id for each in await stage.backstage.tenants()]

    assert tenant.id in found
    assert lost.id not in found
    await stage.house.owner.execute("delete from core_tenant where id = $1", lost.id)


async def test_a_job_of_a_module_that_was_switched_off_is_not_done(stage: Stage) -> None:
    caller, tenant = await stage.tenant()

    await run_job(stage.backstage, replace(tenant, modules=MODULES.only(())), "stage", DAY)

    assert await stage.runs(caller) == []


async def test_r084_runs_are_read_through_the_api_by_those_who_may(
    stage: Stage, other_tenant: Tenant
) -> None:
    caller, tenant = await stage.tenant()
    await run_job(stage.backstage, tenant, "stage", DAY)
    await run_job(stage.backstage, tenant, "stage", DAY + timedelta(days=1))
    await run_job(
        stage.backstage, with_fault(tenant, Refused("X", "No.")), "stage", DAY + timedelta(days=2)
    )

    nodes = (await caller.ask(RUNS))["jobRuns"]["nodes"]

    assert [(n["day"], n["state"], n["rows"], n["error"]) for n in nodes] == [
        ("2026-03-12", "FAILED", None, "No."),
        ("2026-03-11", "DONE", 1, None),
        ("2026-03-10", "DONE", 1, None),
    ]
    assert (await other_tenant.ask(RUNS))["jobRuns"]["nodes"] == []
    refused = await caller.without("tenancy.read").answer(RUNS)
    assert refused["data"] == {"jobRuns": None}
    assert [error["extensions"]["code"] for error in refused["errors"]] == ["FORBIDDEN"]


async def test_nights_by_hand_are_for_days_whose_evening_has_come(stage: Stage) -> None:
    caller, _ = await stage.tenant()
    now = evening(DAY, ZoneInfo("Europe/Paris"))
    reported: list[Any] = []

    def report(*progress: Any) -> None:
        reported.append(progress)

    with pytest.raises(ConfigurationError, match="The evening of 2026-03-11 has not come yet"):
        await by_hand(stage.house.settings, caller.slug, DAY + timedelta(days=1), report, now)
    with pytest.raises(ConfigurationError, match="There is no tenant 'nobody'"):
        await by_hand(stage.house.settings, "nobody", DAY, report, now)
    await by_hand(stage.house.settings, caller.slug, DAY, report, now)

    assert "charts" in [run["job"] for run in await stage.runs(caller)]
    assert ("charts", 0, 0) in reported
