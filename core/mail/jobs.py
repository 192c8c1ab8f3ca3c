"""What takes longer with mailings than a request may: writing down whom a large one goes to."""

from __future__ import annotations

from uuid import UUID

from core.kit.background import BackgroundJob, Work
from core.kit.session import TenantSession
from core.mail.services.preparing import PREPARE, prepare_some


async def _prepare(session: TenantSession, job: Work) -> bool:
    key = UUID(job.arguments["mailing"])
    some, was_last = await prepare_some(session, job.modules, key, job.done)
    job.done += some
    return was_last


JOBS = [BackgroundJob(PREPARE, _prepare, requires="mail.send")]
