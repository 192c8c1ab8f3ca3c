"""At night, the files that came of jobs are let go once they expire."""

from __future__ import annotations

from sqlalchemy import select

from core.files import services as files
from core.jobs.models import Job
from core.kit.jobs import Night, NightlyJob
from core.kit.session import TenantSession


async def _let_go(session: TenantSession, night: Night) -> int:
    expired = select(Job).where(Job.file_id.is_not(None), Job.file_expires_at < session.now)
    jobs = list(await session.scalars(expired.with_for_update(skip_locked=True).limit(5_000)))
    for job in jobs:
        assert job.file_id is not None
        await files.release(session, job.file_id)
        job.file_id = job.file_expires_at = None
    return len(jobs)


EXPIRED = NightlyJob("core.jobs", _let_go)
