"""What people do with jobs: start them, stop them, and let them go on."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core.jobs.events import JobEnded
from core.jobs.models import Job
from core.kit.background import JobState, over, topic
from core.kit.errors import NotFound, Refused
from core.kit.ids import new_id
from core.kit.session import TenantSession

#: So many of a tenant's wait or run at a time.
MOST_WAITING = 50
_LIVE = (JobState.QUEUED.value, JobState.RUNNING.value, JobState.PAUSED.value)


async def start_job(
    session: TenantSession, kind: str, arguments: dict[str, Any], total: int | None = None
) -> Job:
    """Have a job of that kind done, once this transaction is committed."""
    waiting = await session.scalar(
        select(func.count()).select_from(Job).where(Job.state.in_(_LIVE))
    )
    if (waiting or 0) >= MOST_WAITING:
        message = f"{waiting} jobs are waiting or at work; {MOST_WAITING} are allowed at a time."
        raise Refused("TOO_MANY_JOBS", message)
    job = Job(
        id=new_id(),
        kind=kind,
        state=JobState.QUEUED.value,
        total=total,
        arguments=arguments,
        requested_by=session.user_id,
        caller=session.actor.name,
        created_at=session.now,
        next_at=session.now,
    )
    session.add(job)
    await session.flush()
    session.announce(topic(job.id), workers=True)
    return job


async def cancel(session: TenantSession, key: UUID, *, manages: bool = False) -> Job:
    """Stop a job for good; what it has committed so far stays."""
    job = await _own(session, key, manages)
    if JobState(job.state).is_over:
        raise over(job.state)
    job.cancel_requested_at = job.cancel_requested_at or session.now
    if not _is_held(job, session):
        await end(session, job, JobState.CANCELLED)
    session.announce(topic(job.id))
    return job


async def pause(
    session: TenantSession,
    key: UUID,
    unpausable: Collection[str] = (),
    *,
    manages: bool = False,
) -> Job:
    """Let a job wait once the step it is at is done."""
    job = await _own(session, key, manages)
    if JobState(job.state).is_over:
        raise over(job.state)
    if job.kind in unpausable:
        message = f"A job of the kind {job.kind} is one piece and can't wait: cancel it instead."
        raise Refused("JOB_NOT_PAUSABLE", message, "id")
    job.pause_requested_at = job.pause_requested_at or session.now
    if not _is_held(job, session):
        job.state = JobState.PAUSED.value
    session.announce(topic(job.id))
    return job


async def resume(session: TenantSession, key: UUID, *, manages: bool = False) -> Job:
    """Let a job that waits, or one that failed, go on where its last step left it."""
    job = await _own(session, key, manages)
    state = JobState(job.state)
    if state in (JobState.SUCCEEDED, JobState.CANCELLED):
        raise over(job.state)
    job.pause_requested_at = None
    if state in (JobState.PAUSED, JobState.FAILED):
        job.state, job.attempts, job.next_at = JobState.QUEUED.value, 0, session.now
        job.error = job.error_id = job.finished_at = None
    session.announce(topic(job.id), workers=True)
    return job


async def end(session: TenantSession, job: Job, state: JobState) -> None:
    job.state, job.finished_at = state.value, session.now
    job.lease = job.leased_until = None
    await session.tell(JobEnded(job.id, job.kind, state.value))


def is_own(session: TenantSession, job: Job) -> bool:
    return job.caller == session.actor.name


async def _own(session: TenantSession, key: UUID, manages: bool) -> Job:
    """The job, for whom may steer it: who started it, and those who manage all."""
    job = await session.find(Job, key, "job", field="id", lock=True)
    if not manages and not is_own(session, job):
        raise NotFound("job", key, "id")
    return job


def _is_held(job: Job, session: TenantSession) -> bool:
    """Whether a worker is at it, who will see what is asked."""
    return job.leased_until is not None and job.leased_until > session.now
