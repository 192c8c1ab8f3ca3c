"""What people may do with jobs."""

from __future__ import annotations

from typing import Any

import strawberry

from core.jobs import services
from core.jobs.schema import Job
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.ids import key_in
from core.kit.mutations import mutation
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation

#: To steer what others have started.
MANAGE = "jobs.manage"


@strawberry.input
class JobInput:
    id: strawberry.ID


@strawberry.input
class JobCancelInput(JobInput):
    pass


@strawberry.input
class JobPauseInput(JobInput):
    pass


@strawberry.input
class JobResumeInput(JobInput):
    pass


@strawberry.type
class JobPayload(Payload):
    job: Job | None = written()


def _manages(info: Info) -> bool:
    return MANAGE in info.context.permissions


def _unpausable(info: Info) -> frozenset[str]:
    schema: Any = info.schema
    return frozenset(j.kind for j in schema.modules.background_jobs.values() if not j.pausable)


@extend(requires=None)
class JobMutations(Mutation):
    @mutation
    async def job_cancel(info: Info, session: TenantSession, input: JobCancelInput) -> JobPayload:
        """Stop a job for good, within seconds; what it has done by then stays.

        One's own; with `jobs.manage`, anybody's. Refuses: `NOT_FOUND`, `INVALID_ID`, `JOB_OVER`.
        """
        key = key_in(input.id, "job", field="id")
        return JobPayload.of(await services.cancel(session, key, manages=_manages(info)))

    @mutation
    async def job_pause(info: Info, session: TenantSession, input: JobPauseInput) -> JobPayload:
        """Let a job wait once the step that it is at is done.

        One's own; with `jobs.manage`, anybody's. Refuses: `NOT_FOUND`, `INVALID_ID`, `JOB_OVER`,
        and `JOB_NOT_PAUSABLE` if it is done in one piece.
        """
        key = key_in(input.id, "job", field="id")
        unpausable = _unpausable(info)
        job = await services.pause(session, key, unpausable, manages=_manages(info))
        return JobPayload.of(job)

    @mutation
    async def job_resume(info: Info, session: TenantSession, input: JobResumeInput) -> JobPayload:
        """Let a job that waits, or one that failed, go on where its last step left it.

        One's own; with `jobs.manage`, anybody's. Refuses: `NOT_FOUND`, `INVALID_ID`, `JOB_OVER`.
        """
        key = key_in(input.id, "job", field="id")
        return JobPayload.of(await services.resume(session, key, manages=_manages(info)))
