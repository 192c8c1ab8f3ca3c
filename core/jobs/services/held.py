"""What a worker does with jobs: takes one, keeps what each step did, and lets go of it.

A worker holds a job by a lease. Whatever it writes, it writes only while the lease is its own:
of two that believe they hold a job, the steps of one are undone.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import aliased

from core.files.models import File
from core.jobs.models import Job
from core.jobs.services.asked import end
from core.kit.background import CalledOff, JobState, Work, topic
from core.kit.errors import GatewayError
from core.kit.ids import new_id
from core.kit.session import TenantSession

#: So long nobody else takes a job up after its worker was last heard of.
LEASE = timedelta(seconds=30)
#: So often a step is tried; then the job has failed.
MOST_ATTEMPTS = 3
#: How long what came of a job is kept.
FILE_LASTS = timedelta(days=7)
FIRST_PAUSE = timedelta(seconds=5)
VANISHED = "The process that worked at it ended each time before the step was done."
_WAITING = (JobState.QUEUED.value, JobState.RUNNING.value)


class Lost(GatewayError):
    """Somebody else holds the job by now."""

    def __init__(self, job: UUID) -> None:
        super().__init__(f"Another worker has taken the job {job} up.")


class Outlook(Enum):
    """What a worker does after a step."""

    GO_ON = "GO_ON"
    LET_GO = "LET_GO"


async def is_waiting(session: TenantSession) -> bool:
    """Whether a worker could take a job."""
    return await session.scalar(select(_due().exists())) is True


async def take(session: TenantSession) -> Job | None:
    """Hold the next job that is due, and count an attempt at its step.

    Commit before working: an attempt that kills the process must count, too. Two that look at once
    look one after the other: each would else take a job, as neither sees what the other holds.
    """
    await session.hold("core.jobs")
    next_ = _due().order_by(Job.next_at, Job.id).limit(1)
    while (job := await session.scalar(next_.with_for_update(skip_locked=True))) is not None:
        if job.cancel_requested_at is not None:
            await end(session, job, JobState.CANCELLED)
        elif job.pause_requested_at is not None:
            _wait(job)
        elif job.attempts >= MOST_ATTEMPTS:
            job.error = job.error or VANISHED
            await end(session, job, JobState.FAILED)
        else:
            return _hold(session, job)
        session.announce(topic(job.id))
        await session.flush()
    return None


async def renew(session: TenantSession, key: UUID, lease: UUID) -> None:
    """Hold the job for longer; raises :class:`CalledOff`, or :class:`Lost`."""
    cancelled = await session.execute(
        update(Job)
        .where(Job.id == key, Job.lease == lease)
        .values(leased_until=func.now() + LEASE)
        .returning(Job.cancel_requested_at)
    )
    _check(cancelled.one_or_none(), key)


async def report(session: TenantSession, work: Work, lease: UUID) -> None:
    """Show how far a step is that has not committed yet; raises as :func:`renew` does."""
    cancelled = await session.execute(
        update(Job)
        .where(Job.id == work.id, Job.lease == lease)
        .values(
            done=work.done,
            total=work.total,
            counts=work.counts,
            leased_until=func.now() + LEASE,
        )
        .returning(Job.cancel_requested_at)
    )
    _check(cancelled.one_or_none(), work.id)
    session.announce(topic(work.id))


async def keep(session: TenantSession, work: Work, lease: UUID, *, finished: bool) -> Outlook:
    """Write down what a step did, in the step's own transaction."""
    job = await _held(session, work.id, lease)
    if job is None:
        raise Lost(work.id)
    job.done, job.total, job.counts = work.done, work.total, dict(work.counts)
    job.messages, job.cursor = list(work.messages), dict(work.cursor)
    if work.file_id != job.file_id:
        job.file_id, job.file_expires_at = work.file_id, session.now + FILE_LASTS
        # Who may see files in general may not see it: it holds what its starter may see.
        await session.execute(update(File).where(File.id == work.file_id).values(is_private=True))
    job.error = job.error_id = None
    job.attempts, job.leased_until = 1, func.now() + LEASE  # the next step's first
    session.announce(topic(job.id))
    if finished:
        await end(session, job, JobState.SUCCEEDED)
    elif job.cancel_requested_at is not None:
        await end(session, job, JobState.CANCELLED)
    elif job.pause_requested_at is not None:
        _wait(job)
    return Outlook.GO_ON if job.state == JobState.RUNNING else Outlook.LET_GO


async def let_go(session: TenantSession, key: UUID, lease: UUID) -> None:
    """Leave a job to whoever takes it next; the others of the tenant come first."""
    job = await _held(session, key, lease)
    if job is not None:
        job.lease = job.leased_until = None
        job.attempts, job.next_at = 0, func.now()


async def note_failure(
    session: TenantSession, key: UUID, lease: UUID, error: str, error_id: str, *, final: bool
) -> None:
    """Write down why a step failed; it is tried again later, unless that is *final*."""
    job = await _held(session, key, lease)
    if job is None:
        return
    job.error, job.error_id = error, error_id
    session.announce(topic(job.id))
    if final or job.attempts >= MOST_ATTEMPTS:
        await end(session, job, JobState.FAILED)
        return
    job.lease = job.leased_until = None
    job.next_at = func.now() + FIRST_PAUSE * 3 ** (job.attempts - 1)


async def call_off(session: TenantSession, key: UUID, lease: UUID) -> None:
    """End a job that was cancelled in the middle of a step."""
    job = await _held(session, key, lease)
    if job is not None:
        await end(session, job, JobState.CANCELLED)
        session.announce(topic(job.id))


def _due() -> Any:
    """The jobs that may be taken; none while another of the tenant is held: they take turns."""
    other = aliased(Job)
    held = exists().where(
        other.tenant_id == Job.tenant_id, other.lease.is_not(None), other.leased_until > func.now()
    )
    return select(Job).where(Job.state.in_(_WAITING), Job.next_at <= func.now(), ~held)


def _hold(session: TenantSession, job: Job) -> Job:
    job.lease, job.leased_until = new_id(), func.now() + LEASE
    job.state, job.attempts = JobState.RUNNING.value, job.attempts + 1
    job.started_at = job.started_at or session.now
    session.announce(topic(job.id))
    return job


def _wait(job: Job) -> None:
    job.state = JobState.PAUSED.value
    job.lease = job.leased_until = None


def _check(row: Any, key: UUID) -> None:
    if row is None:
        raise Lost(key)
    if row[0] is not None:
        raise CalledOff


async def _held(session: TenantSession, key: UUID, lease: UUID) -> Job | None:
    statement = select(Job).where(Job.id == key, Job.lease == lease).with_for_update()
    found: Job | None = await session.scalar(statement.execution_options(populate_existing=True))
    return found
