"""Marking many persons, in the API."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry
from sqlalchemy import select
from sqlalchemy.orm import aliased

from core.files.schema import File
from core.kit.connections import Connection, FacetedConnection
from core.kit.extend import extend
from core.kit.fields import Node, by_id, computed, everything, many, one, value
from core.kit.filters import DateTimeFilter, EnumFilter, Filter, matching
from core.kit.ids import global_id
from core.roots import Query
from core.tenancy.models import User as UserRow
from plugins.people.models import ConsentMark as MarkRow
from plugins.people.models import ConsentMarking as MarkingRow
from plugins.people.rules.markings import MarkingState, MarkOutcome
from plugins.people.schema.consents import ConsentMedium, ConsentStatus
from plugins.people.schema.persons import Person

strawberry.enum(
    MarkingState,
    name="ConsentMarkingState",
    description="`DRAFT`: the set is frozen, nothing is recorded. `MARKING`, `UNDOING`: at work.",
)
strawberry.enum(
    MarkOutcome,
    name="ConsentMarkOutcome",
    description="`SKIPPED`: they were erased meanwhile. `LEFT`: somebody has recorded more of "
    "them since, so that it was not undone.",
)
Creator, Applier, Undoer = aliased(UserRow), aliased(UserRow), aliased(UserRow)


def _job_id(key: UUID | None) -> str | None:
    return None if key is None else global_id("job", key)


@strawberry.input(description="Which persons of the set. All that is given must hold.")
class ConsentMarkFilter(Filter):
    outcome: EnumFilter[MarkOutcome] | None = matching(MarkRow.outcome)


@strawberry.type(description="A person of a frozen set, and what became of them.")
class ConsentMark(Node, table=MarkRow, requires="people.read"):
    outcome: MarkOutcome
    person: Person | None = one(MarkRow.person_id)


@strawberry.type(description="One answer, recorded for all persons of a list that was frozen.")
class ConsentMarking(Node, table=MarkingRow, requires="people.read"):
    status: ConsentStatus
    medium: ConsentMedium | None
    purpose: str | None
    comment: str | None
    evidence: File | None = one(MarkingRow.evidence_id, description="What proves it.")
    given_at: datetime | None = strawberry.field(
        description="Since when it holds; null until it is applied, unless it was said."
    )
    state: MarkingState
    person_count: int = strawberry.field(
        description="How many persons were frozen: what `confirmCount` must be."
    )
    marked_count: int = strawberry.field(description="How many have got their entry.")
    skipped_count: int = strawberry.field(description="How many were erased meanwhile.")
    undone_count: int = strawberry.field(description="For how many what held before does again.")
    left_count: int = strawberry.field(
        description="How many were not undone, because somebody has recorded more of them since."
    )
    job_id: strawberry.ID | None = computed(
        _job_id, needs=[MarkingRow.job_id], description="The job that does it, if they are many."
    )
    created_at: datetime
    created_by: str | None = value(
        select(Creator.name).where(Creator.id == MarkingRow.created_by), "The name of the user."
    )
    applied_at: datetime | None
    applied_by: str | None = value(
        select(Applier.name).where(Applier.id == MarkingRow.applied_by), "The name of the user."
    )
    undo_until: datetime | None = strawberry.field(description="How long it can be undone.")
    undone_at: datetime | None
    undone_by: str | None = value(
        select(Undoer.name).where(Undoer.id == MarkingRow.undone_by), "The name of the user."
    )
    version: int
    marks: FacetedConnection[ConsentMark] = many(
        MarkRow.marking_id,
        order_by=[MarkRow.position],
        filters=ConsentMarkFilter,
        facets={"outcome": MarkRow.outcome},
        description="The frozen set, by last name. Who is deleted is in it no more.",
    )


@strawberry.input(description="Which markings. All that is given must hold.")
class ConsentMarkingFilter(Filter):
    state: EnumFilter[MarkingState] | None = matching(MarkingRow.state)
    created_at: DateTimeFilter | None = matching(MarkingRow.created_at)


@extend(requires="people.read")
class ConsentMarkingQueries(Query):
    consent_marking: ConsentMarking = by_id(
        MarkingRow, "A marking of many persons. Unknown ids are an error: `NOT_FOUND`."
    )
    consent_markings: Connection[ConsentMarking] = everything(
        MarkingRow,
        order_by=[MarkingRow.created_at.desc()],
        filters=ConsentMarkingFilter,
        description="When many persons were marked at once, the last first.",
    )
