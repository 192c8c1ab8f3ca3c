"""Opening, moving and closing opportunities."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import Enum

import strawberry

from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from plugins.crm.schema.opportunities import Opportunity
from plugins.crm.services import lines, opportunities


@strawberry.enum(description="How an opportunity ends.")
class OpportunityOutcome(Enum):
    WON = "WON"
    LOST = "LOST"


@strawberry.input
class OpportunityCreateInput:
    contact_id: strawberry.ID
    name: str = strawberry.field(description="Up to 200 characters.")
    stage_id: strawberry.ID | None = strawberry.field(
        default=None, description="The first stage, unless another is said."
    )
    value_excl_tax: Decimal | None = strawberry.field(
        default=None, description="From 0, with two decimals at most."
    )
    cost: Decimal | None = strawberry.field(
        default=None, description="From 0, with two decimals at most."
    )
    expected_close: date | None = None
    owner_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Whoever opens it, unless it is said."
    )


@strawberry.input(description="What isn't given stays as it is.")
class OpportunityUpdateInput:
    id: strawberry.ID
    version: int | None = None
    name: str | None = strawberry.UNSET
    value_excl_tax: Decimal | None = strawberry.UNSET
    cost: Decimal | None = strawberry.UNSET
    expected_close: date | None = strawberry.UNSET
    owner_id: strawberry.ID | None = strawberry.UNSET


@strawberry.input
class OpportunityLineInput:
    description: str = strawberry.field(description="Up to 500 characters.")
    quantity: Decimal = strawberry.field(
        default=Decimal(1), description="Above 0, with four decimals at most."
    )
    unit_price: Decimal = strawberry.field(
        default=Decimal(0), description="From 0, with four decimals at most, as is the cost."
    )
    unit_cost: Decimal = Decimal(0)


@strawberry.input(description="All lines: they replace those there are.")
class OpportunitySetLinesInput:
    id: strawberry.ID
    lines: list[OpportunityLineInput]
    version: int | None = None


@strawberry.input
class OpportunityMoveStageInput:
    id: strawberry.ID
    stage_id: strawberry.ID
    version: int | None = None


@strawberry.input
class OpportunityCloseInput:
    id: strawberry.ID
    outcome: OpportunityOutcome
    version: int | None = None


@strawberry.input
class OpportunityHoldInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class OpportunityReopenInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.type
class OpportunityPayload(Payload):
    opportunity: Opportunity | None = written()


@extend(requires="crm.write")
class OpportunityMutations(Mutation):
    @mutation
    async def opportunity_create(
        info: Info, session: TenantSession, input: OpportunityCreateInput
    ) -> OpportunityPayload:
        """Open an opportunity with a contact.

        Refuses: `TEXT_REQUIRED`, `TOO_LONG`, `INVALID_CHARACTERS`, `TOO_MANY_DECIMALS`,
        `AMOUNT_NEGATIVE`, `AMOUNT_TOO_LARGE`, `NOT_FOUND`, `INVALID_ID`.
        """
        given = values(input, contact_id="contact", stage_id="opportunity_stage", owner_id="user")
        return OpportunityPayload.of(await opportunities.create(session, **given))

    @mutation
    async def opportunity_update(
        info: Info, session: TenantSession, input: OpportunityUpdateInput
    ) -> OpportunityPayload:
        """Change an opportunity. With lines, its value and cost are theirs (`VALUE_FROM_LINES`).

        Refuses: `TEXT_REQUIRED`, `TOO_LONG`, `INVALID_CHARACTERS`, `TOO_MANY_DECIMALS`,
        `AMOUNT_NEGATIVE`, `AMOUNT_TOO_LARGE`, `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`.
        """
        given = values(input, id="opportunity", owner_id="user")
        key = given.pop("id")
        return OpportunityPayload.of(await opportunities.update(session, key, **given))

    @mutation
    async def opportunity_set_lines(
        info: Info, session: TenantSession, input: OpportunitySetLinesInput
    ) -> OpportunityPayload:
        """Say what is offered: value and cost become what the lines come to.

        Without lines both stay, and can be changed again. Refuses: `TEXT_REQUIRED`, `TOO_LONG`,
        `INVALID_CHARACTERS`, `QUANTITY_NOT_POSITIVE`, `AMOUNT_NEGATIVE`, `TOO_MANY_DECIMALS`,
        `AMOUNT_TOO_LARGE`, `TOO_MANY_LINES`, `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`.
        """
        key = values(input, id="opportunity")["id"]
        given = [values(line) for line in input.lines]
        return OpportunityPayload.of(await lines.set_lines(session, key, given, input.version))

    @mutation
    async def opportunity_move_stage(
        info: Info, session: TenantSession, input: OpportunityMoveStageInput
    ) -> OpportunityPayload:
        """Bring an opportunity to another stage; its history keeps when.

        Refuses: `ILLEGAL_TRANSITION` when it is won or lost, `STALE_VERSION`, `NOT_FOUND`,
        `INVALID_ID`.
        """
        given = values(input, id="opportunity", stage_id="opportunity_stage")
        key = given.pop("id")
        return OpportunityPayload.of(await opportunities.move(session, key, **given))

    @mutation
    async def opportunity_close(
        info: Info, session: TenantSession, input: OpportunityCloseInput
    ) -> OpportunityPayload:
        """Win or lose an opportunity.

        Refuses: `ILLEGAL_TRANSITION`, `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`.
        """
        return await _become(session, input.outcome.value, input)

    @mutation
    async def opportunity_hold(
        info: Info, session: TenantSession, input: OpportunityHoldInput
    ) -> OpportunityPayload:
        """Put an opportunity on hold.

        Refuses: `ILLEGAL_TRANSITION`, `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`.
        """
        return await _become(session, "ON_HOLD", input)

    @mutation
    async def opportunity_reopen(
        info: Info, session: TenantSession, input: OpportunityReopenInput
    ) -> OpportunityPayload:
        """Take an opportunity up again that is on hold, won or lost.

        Refuses: `ILLEGAL_TRANSITION`, `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`.
        """
        return await _become(session, "NEW", input)


async def _become(
    session: TenantSession,
    status: str,
    input: OpportunityCloseInput | OpportunityHoldInput | OpportunityReopenInput,
) -> OpportunityPayload:
    key = values(input, id="opportunity")["id"]
    made = await opportunities.set_status(session, key, status, input.version)
    return OpportunityPayload.of(made)
