"""What loyalty lets people do."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from fieldgate_loyalty import services
from fieldgate_loyalty.schema import Visit, VisitRank


@strawberry.input
class VisitRecordInput:
    contact_id: strawberry.ID
    spent: Decimal
    rank: VisitRank = VisitRank.BRONZE
    reason: str | None = None


@strawberry.type
class VisitPayload(Payload):
    visit: Visit | None = written()


@extend(requires="loyalty.write")
class LoyaltyMutations(Mutation):
    @mutation
    async def visit_record(
        info: Info, session: TenantSession, input: VisitRecordInput
    ) -> VisitPayload:
        """Record a visit. Refuses: `NOT_FOUND`, `INVALID_ID`, `SPENT_NEGATIVE`."""
        given = values(input, contact_id="contact")
        visit = await services.record_visit(
            session, given["contact_id"], input.spent, input.reason, input.rank.value
        )
        return VisitPayload.of(visit)
