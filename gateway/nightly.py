"""The nights of the tenants: whose evening has come, and one job for one tenant and day."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import date, datetime
from functools import partial

import structlog

from core.jobs.services import nights as services
from core.kit.jobs import Night, NightlyJob, Progress, business_day, evening, quietly
from core.kit.session import Actor
from core.kit.settings import ConfigurationError, Settings
from gateway.backstage import Backstage, Tenant, failure
from gateway.progress import Report

log = structlog.get_logger(__name__)
#: The longest a job may take for one tenant.
JOB_SECONDS = 25 * 60


def due(tenants: Iterable[Tenant], now: datetime) -> list[tuple[Tenant, date]]:
    """Each tenant with the business day whose evening was its last: a missed night is due too."""
    return [(tenant, business_day(now, tenant.time_zone)) for tenant in tenants]


async def to_do(backstage: Backstage, tenant: Tenant, day: date) -> list[str]:
    """The names of the tenant's jobs that are still to be done for *day*."""
    names = [job.name for job in tenant.modules.nightly_jobs()]
    async with backstage.sessions.begin(_actor(tenant), tenant.modules.listeners) as session:
        settled = await services.settled(session, day)
    return [name for name in names if name not in settled]


async def run_job(
    backstage: Backstage,
    tenant: Tenant,
    name: str,
    day: date,
    progress: Progress = quietly,
    *,
    by_hand: bool = False,
) -> str | None:
    """Do a job for a day, unless that is done; why it failed, if it did.

    The attempt, the job with its result, and a failure are a transaction each: a crash undoes
    the job as a whole, and is counted.
    """
    job = next((job for job in tenant.modules.nightly_jobs() if job.name == name), None)
    if job is None:
        return None  # The module was switched off after the task was sent.
    begin = partial(backstage.sessions.begin, _actor(tenant), tenant.modules.listeners)
    async with begin() as session:
        if not await services.begin(session, name, day, by_hand=by_hand):
            return None
    night = Night(day, tenant.time_zone, tenant.modules, progress)
    about = {"tenant": tenant.slug, "job": name, "day": day.isoformat()}
    error = await failure(_work(backstage, tenant, job, night), JOB_SECONDS, **about)
    if error is not None:
        log.warning("a nightly job failed", reason=error, **about)
        async with begin() as session:
            await services.fail(session, name, day, error)
    return error


async def _work(backstage: Backstage, tenant: Tenant, job: NightlyJob, night: Night) -> None:
    async with backstage.sessions.begin(_actor(tenant), tenant.modules.listeners) as session:
        record = await services.claim(session, job.name, night.day)
        if record is None:
            return
        rows = await job.run(session, night)
        services.finish(record, rows)
    log.info(
        "a nightly job is done",
        tenant=tenant.slug, job=job.name, day=night.day.isoformat(), rows=rows,
    )  # fmt: skip


def run(settings: Settings, slug: str, day: date, report: Report) -> None:
    """Run a tenant's jobs for a day by hand, also those that have failed too often."""
    asyncio.run(by_hand(settings, slug, day, report, datetime.now().astimezone()))


async def by_hand(settings: Settings, slug: str, day: date, report: Report, now: datetime) -> None:
    async with Backstage.open(settings) as backstage:
        tenant = await backstage.tenant(slug)
        if tenant is None:
            raise ConfigurationError(f"There is no tenant '{slug}'.")
        if evening(day, tenant.time_zone) > now:
            last = business_day(now, tenant.time_zone)
            raise ConfigurationError(
                f"The evening of {day} has not come yet in {tenant.time_zone.key}; "
                f"the last that has is {last}'s."
            )
        failures = [
            f"{job.name}: {error}"
            for job in tenant.modules.nightly_jobs()
            if (error := await _shown(backstage, tenant, job.name, day, report)) is not None
        ]
    if failures:
        raise ConfigurationError(f"Not all is done for {slug}: {'; '.join(failures)}")


async def _shown(
    backstage: Backstage, tenant: Tenant, name: str, day: date, report: Report
) -> str | None:
    def progress(done: int, total: int) -> None:
        report(name, done, total)

    return await run_job(backstage, tenant, name, day, progress, by_hand=True)


def _actor(tenant: Tenant) -> Actor:
    return Actor(tenant.id, name="nightly")
