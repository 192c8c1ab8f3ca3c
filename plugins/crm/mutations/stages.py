"""The tenant's list of opportunity stages."""

from __future__ import annotations

import strawberry

from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from plugins.crm.schema.opportunities import OpportunityStage
from plugins.crm.services import stages


@strawberry.input
class OpportunityStageCreateInput:
    name: str
    probability: int = strawberry.field(description="Percent, from 0 to 100.")
    colour: str = strawberry.field(description="As #rrggbb.")
    position: int | None = strawberry.field(
        default=None, description="Behind the others, unless it is said."
    )


@strawberry.input(description="What isn't given stays as it is.")
class OpportunityStageUpdateInput:
    id: strawberry.ID
    version: int | None = None
    name: str | None = strawberry.UNSET
    probability: int | None = strawberry.UNSET
    colour: str | None = strawberry.UNSET
    position: int | None = strawberry.UNSET


@strawberry.type
class OpportunityStagePayload(Payload):
    opportunity_stage: OpportunityStage | None = written()


@extend(requires="crm.configure")
class StageMutations(Mutation):
    @mutation
    async def opportunity_stage_create(
        info: Info, session: TenantSession, input: OpportunityStageCreateInput
    ) -> OpportunityStagePayload:
        """Add a stage. Refuses: `NAME_EMPTY`, `TOO_LONG`, `NAME_TAKEN`, `PROBABILITY_OUT_OF_RANGE`,
        `INVALID_COLOUR`, `POSITION_OUT_OF_RANGE`.
        """
        return OpportunityStagePayload.of(await stages.create_stage(session, **values(input)))

    @mutation
    async def opportunity_stage_update(
        info: Info, session: TenantSession, input: OpportunityStageUpdateInput
    ) -> OpportunityStagePayload:
        """Change a stage; opportunities in it go with it.

        Refuses: `NAME_EMPTY`, `TOO_LONG`, `NAME_TAKEN`, `PROBABILITY_OUT_OF_RANGE`,
        `INVALID_COLOUR`, `POSITION_OUT_OF_RANGE`, `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`.
        """
        given = values(input, id="opportunity_stage")
        key = given.pop("id")
        return OpportunityStagePayload.of(await stages.update_stage(session, key, **given))
