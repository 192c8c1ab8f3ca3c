"""Recording what a person said to being written to."""

from __future__ import annotations

from datetime import datetime

import strawberry

from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from plugins.people.schema.consents import Consent, ConsentMedium, ConsentStatus
from plugins.people.services import consents


@strawberry.input
class ConsentRecordInput:
    person_id: strawberry.ID
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
        default=None, description="Since when it holds; now, unless it is said."
    )


@strawberry.type
class ConsentPayload(Payload):
    consent: Consent | None = written()


@extend(requires="people.write")
class ConsentMutations(Mutation):
    @mutation
    async def consent_record(
        info: Info, session: TenantSession, input: ConsentRecordInput
    ) -> ConsentPayload:
        """Add an entry to a person's ledger of consents. A correction is another entry.

        Refuses: `NOT_FOUND` (the person, the file), `CONSENT_IN_FUTURE`, `TOO_LONG`,
        `INVALID_CHARACTERS`.
        """
        given = values(input, person_id="person", evidence_id="file")
        given["status"] = input.status.value
        given["medium"] = input.medium.value if input.medium else None
        return ConsentPayload.of(await consents.record(session, **given))
