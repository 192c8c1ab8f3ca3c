"""The record of nightly jobs in the API."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from core.kit.connections import Connection
from core.kit.extend import extend
from core.kit.fields import Node, everything
from core.kit.filters import DateFilter, EnumFilter, Filter, TextFilter, matching
from core.kit.jobs import RunState
from core.kit.tables import JobRun as JobRunRow
from core.roots import Query

strawberry.enum(RunState, name="JobState", description="How far a nightly job has come with a day.")


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


@extend(requires="tenancy.read")
class JobQueries(Query):
    job_runs: Connection[JobRun] = everything(
        JobRunRow,
        order_by=[JobRunRow.day.desc(), JobRunRow.job],
        filters=JobRunFilter,
        description="What ran at night, the last day first.",
    )
