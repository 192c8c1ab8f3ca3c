"""Jobs in the API: those that people start, and the record of those of the night."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import orjson
import strawberry
from sqlalchemy import select

from core.files.links import Purpose
from core.files.models import File as FileRow
from core.files.schema import address
from core.jobs.models import Job as JobRow
from core.kit.arguments import Args
from core.kit.background import JobState, topic
from core.kit.connections import Connection
from core.kit.context import Context, Info
from core.kit.db import CALLER, may
from core.kit.extend import extend
from core.kit.fields import Node, by_id, everything, value
from core.kit.filters import DateFilter, EnumFilter, Filter, TextFilter, matching
from core.kit.ids import key_in, prefix_in
from core.kit.jobs import RunState
from core.kit.live import watched
from core.kit.tables import JobRun as JobRunRow
from core.roots import Query, Subscription
from core.tenancy.models import User as UserRow

strawberry.enum(
    RunState, name="JobRunState", description="How far a nightly job has come with a day."
)
strawberry.enum(
    JobState,
    description="`QUEUED`: waits for a worker. `RUNNING`: at work, or about to try again. "
    "`PAUSED`: waits for `jobResume`. The others are ends; a `FAILED` one can be resumed.",
)


@strawberry.type(description="How often something came up in a job.")
class JobCount:
    name: str = strawberry.field(description="The kind of job says which there are.")
    value: int


def _counts(root: Job) -> list[JobCount]:
    kept: dict[str, Any] = orjson.loads(root.value_of(JobRow.counts))
    return [JobCount(name=name, value=number) for name, number in sorted(kept.items())]


def _file_url(root: Job, info: Info) -> str | None:
    key = root.value_of(JobRow.file_id)
    return None if key is None else address(info, Purpose.DOWNLOAD, key)


#: Whose jobs one sees: one's own, and with the permission all.
SEEN = (JobRow.caller == CALLER) | may("jobs.read")


@strawberry.type(description="Work that takes longer than a request: watch it, or come back.")
class Job(Node, table=JobRow, seen=SEEN):
    kind: str = strawberry.field(description="What is done, such as `core.export`.")
    state: JobState
    total: int | None = strawberry.field(description="How many there are to do, once known.")
    done: int = strawberry.field(description="How many of them are done.")
    counts: list[JobCount] = strawberry.field(resolver=_counts, description="By name.")
    messages: list[str] = strawberry.field(description="What is to be said of it, 100 at most.")
    created_at: datetime
    started_at: datetime | None = strawberry.field(description="When a worker first took it.")
    finished_at: datetime | None
    attempts: int = strawberry.field(description="How often the step it is at was tried.")
    pause_requested_at: datetime | None = strawberry.field(
        description="It waits once the step that it is at is done."
    )
    cancel_requested_at: datetime | None = strawberry.field(
        description="It ends within seconds; what it has done by then stays."
    )
    error: str | None = strawberry.field(description="Why the last attempt failed.")
    error_id: str | None = strawberry.field(description="Under which the log has the details.")
    requested_by: str | None = value(
        select(UserRow.name).where(UserRow.id == JobRow.requested_by),
        "The name of the user; null if it was a partner's program, or a job.",
    )
    file_name: str | None = value(
        select(FileRow.filename).where(FileRow.id == JobRow.file_id),
        "What came of it, if that is a file.",
    )
    file_size: int | None = value(
        select(FileRow.size).where(FileRow.id == JobRow.file_id), "In bytes."
    )
    file_expires_at: datetime | None = strawberry.field(description="When the file goes.")
    file_url: str | None = strawberry.field(
        resolver=_file_url,
        description="Where to fetch the file, from the gateway's own address; good for 15 "
        "minutes, for whoever has it.",
    )


@strawberry.input(description="Which jobs. All that is given must hold.")
class JobFilter(Filter):
    state: EnumFilter[JobState] | None = matching(JobRow.state)
    kind: TextFilter | None = matching(JobRow.kind)


@strawberry.input(description="Which runs. All that is given must hold.")
class JobRunFilter(Filter):
    job: TextFilter | None = matching(JobRunRow.job)
    state: EnumFilter[RunState] | None = matching(JobRunRow.state)
    day: DateFilter | None = matching(JobRunRow.day)


@strawberry.type(description="A nightly job, and how it went for one business day.")
class JobRun(Node, table=JobRunRow, requires="tenancy.read"):
    job: str
    day: date = strawberry.field(description="The business day, in the tenant's time zone.")
    state: RunState
    attempts: int = strawberry.field(
        description="How often it was tried; after three failures it waits to be run by hand."
    )
    started_at: datetime = strawberry.field(description="When the last attempt began.")
    finished_at: datetime | None = strawberry.field(description="When the last attempt ended.")
    rows: int | None = strawberry.field(description="How many rows it wrote; null until done.")
    error: str | None = strawberry.field(description="Why the last attempt failed.")


@extend(requires=None)
class JobQueries(Query):
    job: Job = by_id(
        JobRow,
        "A job that one has started; with `jobs.read`, anybody's. Others are an error: "
        "`NOT_FOUND`.",
        where=SEEN,
    )
    jobs: Connection[Job] = everything(
        JobRow,
        where=SEEN,
        order_by=[JobRow.created_at.desc()],
        filters=JobFilter,
        description="The jobs that one has started, the last first; with `jobs.read`, all.",
    )


_OVER = """
select 1 from core_job
where tenant_id = $1 and id = $2 and state in ('SUCCEEDED', 'FAILED', 'CANCELLED')
"""


def _topics(context: Context, args: Args) -> list[str]:
    named = prefix_in(args["id"]) == "job"
    return [topic(key_in(args["id"]))] if named else []


async def _is_over(context: Context, args: Args) -> bool:
    if not _topics(context, args):
        return True
    return bool(await context.fetch(_OVER, [context.tenant, key_in(args["id"])]))


@extend(requires=None)
class JobSubscriptions(Subscription):
    job_changed: Job = watched(
        by_id(
            JobRow,
            "A `job`, now and whenever it has come further; complete once it is over.",
            where=SEEN,
        ),
        of="job",
        topics=_topics,
        over=_is_over,
    )
    jobs_changed: Connection[Job] = watched(
        everything(
            JobRow,
            where=SEEN,
            order_by=[JobRow.created_at.desc()],
            filters=JobFilter,
            description="The `jobs` of the same arguments, now and whenever they are others.",
        ),
        of="jobs",
        topics=lambda _context, _args: ["job"],
    )


@extend(requires="tenancy.read")
class JobRunQueries(Query):
    job_runs: Connection[JobRun] = everything(
        JobRunRow,
        order_by=[JobRunRow.day.desc(), JobRunRow.job],
        filters=JobRunFilter,
        description="What ran at night, the last day first.",
    )
