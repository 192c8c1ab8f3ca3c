"""At night: expired files of jobs are let go, and what has served its time is removed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from core.files import services as files
from core.jobs.models import Job
from core.kit.idempotency import KEPT
from core.kit.ids import first_id
from core.kit.jobs import Night, NightlyJob
from core.kit.session import TenantSession
from core.kit.tables import IdempotencyKey, OutboxEntry

#: How long an entry of the outbox can be looked at once it is delivered. Dead ones stay.
DELIVERED_KEPT = timedelta(days=7)


async def _let_go(session: TenantSession, night: Night) -> int:
    expired = select(Job).where(Job.file_id.is_not(None), Job.file_expires_at < session.now)
    jobs = list(await session.scalars(expired.with_for_update(skip_locked=True).limit(5_000)))
    for job in jobs:
        assert job.file_id is not None
        await files.release(session, job.file_id)
        job.file_id = job.file_expires_at = None
    return len(jobs)


async def _remove(session: TenantSession, night: Night) -> int:
    before = session.now - DELIVERED_KEPT
    delivered = delete(OutboxEntry).where(
        # Ids are ordered by time: the primary key finds the old ones.
        OutboxEntry.id < first_id(before),
        OutboxEntry.delivered_at < before,
    )
    answered = delete(IdempotencyKey).where(IdempotencyKey.at < session.now - KEPT)
    gone = [await session.execute(statement) for statement in (delivered, answered)]
    return sum(result.rowcount for result in gone)  # type: ignore[attr-defined]


EXPIRED = NightlyJob("core.jobs", _let_go)
SERVED = NightlyJob("core.served", _remove)
