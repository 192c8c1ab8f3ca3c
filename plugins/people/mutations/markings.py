"""Marking all persons of a list: frozen first, then applied, and undone if need be."""

from __future__ import annotations

from datetime import datetime

import strawberry

from core.kit.chosen import chosen
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.ids import global_id
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from plugins.people.models import Person
from plugins.people.schema import PersonFilter
from plugins.people.schema.consents import ConsentMedium, ConsentStatus
from plugins.people.schema.markings import ConsentMarking
from plugins.people.services import markings


@strawberry.input(description="For all persons of a list; without a filter, for everybody.")
class ConsentMarkingCreateInput:
    where: PersonFilter | None = strawberry.UNSET
    status: ConsentStatus
    medium: ConsentMedium | None = None
    purpose: str | None = strawberry.field(
        default=None, description="What for, in up to 200 characters."
    )
    comment: str | None = None
    evidence_id: strawberry.ID | None = strawberry.field(
        default=None, description="A file that proves it."
    )
    given_at: datetime | None = strawberry.field(
        default=None, description="Since when it holds; when it is applied, unless it is said."
    )


@strawberry.input
class ConsentMarkingApplyInput:
    id: strawberry.ID
    confirm_count: int = strawberry.field(
        description="How many will be marked, as the marking's `personCount` says."
    )
    version: int | None = None


@strawberry.input
class ConsentMarkingUndoInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class ConsentMarkingDeleteInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.type
class ConsentMarkingPayload(Payload):
    consent_marking: ConsentMarking | None = written()


def _deleted_id(root: strawberry.Parent[Payload]) -> strawberry.ID | None:
    return strawberry.ID(global_id("consent_marking", root.key)) if root.key else None


@strawberry.type
class ConsentMarkingDeletePayload(Payload):
    deleted_id: strawberry.ID | None = strawberry.field(
        resolver=_deleted_id, description="The marking that is no more."
    )


@extend(requires="people.write")
class ConsentMarkingMutations(Mutation):
    @mutation
    async def consent_marking_create(
        info: Info, session: TenantSession, input: ConsentMarkingCreateInput
    ) -> ConsentMarkingPayload:
        """Prepare to record one answer for many: who they are is frozen, nothing is recorded yet.

        Over 10,000 are written down by a job, `jobId`, while it is `FREEZING`. Refuses:
        `NOT_FOUND` (the file), `INVALID_ID`, `CONSENT_IN_FUTURE`, `TOO_LONG`,
        `INVALID_CHARACTERS`, `TOO_MANY_PERSONS`, `TOO_MANY_JOBS`.
        """
        given = values(input, evidence_id="file")
        where = given.pop("where", None)
        info.context.demand("people.read")
        order = [Person.name_key, Person.id]
        found = await chosen(session, info.context, Person, where, order_by=order)
        given["status"] = input.status.value
        given["medium"] = input.medium.value if input.medium else None
        return ConsentMarkingPayload.of(await markings.freeze(session, found, **given))

    @mutation
    async def consent_marking_apply(
        info: Info, session: TenantSession, input: ConsentMarkingApplyInput
    ) -> ConsentMarkingPayload:
        """Add an entry to the ledger of each person of the set, to exactly as many as you say.

        Over 1,000 are marked by a job, `jobId`. Refuses: `NOT_FOUND`, `STALE_VERSION`,
        `WRONG_STATE`, `NOBODY_TO_MARK`, `COUNT_MISMATCH`, `TOO_MANY_JOBS`.
        """
        key = values(input, id="consent_marking")["id"]
        return ConsentMarkingPayload.of(
            await markings.apply(session, key, input.confirm_count, input.version)
        )

    @mutation
    async def consent_marking_undo(
        info: Info, session: TenantSession, input: ConsentMarkingUndoInput
    ) -> ConsentMarkingPayload:
        """Let what held before hold again, by another entry for each person, within seven days.

        Persons of whom somebody has recorded more since are left as they are, and counted.
        Refuses: `NOT_FOUND`, `STALE_VERSION`, `WRONG_STATE`, `UNDO_EXPIRED`, `TOO_MANY_JOBS`.
        """
        key = values(input, id="consent_marking")["id"]
        return ConsentMarkingPayload.of(await markings.undo(session, key, input.version))

    @mutation
    async def consent_marking_delete(
        info: Info, session: TenantSession, input: ConsentMarkingDeleteInput
    ) -> ConsentMarkingDeletePayload:
        """Forget a marking that was not applied. Refuses: `NOT_FOUND`, `STALE_VERSION`,
        `WRONG_STATE`.
        """
        key = values(input, id="consent_marking")["id"]
        forgotten = await markings.forget(session, key, input.version)
        return ConsentMarkingDeletePayload(key=forgotten)
