"""The record of nightly jobs: who may try a day's job, and how it ended."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.kit.ids import new_id
from core.kit.jobs import RunState
from core.kit.session import TenantSession
from core.kit.tables import JobRun

#: So often a day's job is tried by itself; then it waits for somebody to run it by hand.
MOST_ATTEMPTS = 3
VANISHED = "The process that ran it ended before it was done."


async def settled(session: TenantSession, day: date) -> set[str]:
    """The jobs that needn't be tried for *day*: done, or tried often enough."""
    runs = await session.scalars(select(JobRun).where(JobRun.day == day))
    return {run.job for run in runs if run.state == RunState.DONE or run.attempts >= MOST_ATTEMPTS}


async def begin(session: TenantSession, job: str, day: date, *, by_hand: bool = False) -> bool:
    """Count an attempt, in a transaction of its own so that a crash can't undo it.

    False if there is nothing to do. While another process works at it, this waits for its end.
    """
    await session.execute(
        insert(JobRun)
        .values(
            tenant_id=session.tenant_id,
            id=new_id(),
            job=job,
            day=day,
            state=RunState.RUNNING.value,
            started_at=session.now,
        )
        .on_conflict_do_nothing()
    )
    run = await _locked(session, job, day)
    if run.state == RunState.DONE:
        return False
    if run.attempts >= MOST_ATTEMPTS and not by_hand:
        if run.state == RunState.RUNNING:
            _fail(run, VANISHED)
        return False
    run.attempts += 1
    run.state, run.started_at, run.finished_at = RunState.RUNNING.value, session.now, None
    return True


async def claim(session: TenantSession, job: str, day: date) -> JobRun | None:
    """Hold the day's job for this transaction; None if another process has done it."""
    run = await _locked(session, job, day)
    return None if run.state == RunState.DONE else run


def finish(run: JobRun, rows: int) -> None:
    run.state, run.finished_at = RunState.DONE.value, datetime.now(UTC)
    run.rows, run.error = rows, None


async def fail(session: TenantSession, job: str, day: date, error: str) -> None:
    """Write down why an attempt failed, unless another has done the job meanwhile."""
    run = await claim(session, job, day)
    if run is not None:
        _fail(run, error)


def _fail(run: JobRun, error: str) -> None:
    run.state, run.finished_at, run.error = RunState.FAILED.value, datetime.now(UTC), error


async def _locked(session: TenantSession, job: str, day: date) -> JobRun:
    statement = select(JobRun).where(JobRun.job == job, JobRun.day == day).with_for_update()
    return (await session.scalars(statement)).one()
