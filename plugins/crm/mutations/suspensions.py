"""Putting contacts on stop, and ending that."""

from __future__ import annotations

import strawberry

from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.kit.settle import Scope
from core.roots import Mutation
from plugins.crm.schema.scope import reach_of
from plugins.crm.schema.suspensions import Suspension
from plugins.crm.services import suspensions


@strawberry.input
class ContactSuspendInput:
    contact_id: strawberry.ID
    reason: str = strawberry.field(
        default="", description="What the banner says, in up to 500 characters. Mandatory."
    )
    scope: Scope = strawberry.field(
        default_factory=Scope, description="Whom it reaches, seen from the contact."
    )


@strawberry.input
class SuspensionLiftInput:
    id: strawberry.ID
    reason: str | None = strawberry.field(
        default=None, description="Why it ends, in up to 500 characters."
    )
    version: int | None = None


@strawberry.type
class SuspensionPayload(Payload):
    suspension: Suspension | None = written()


@extend(requires="crm.suspend")
class SuspensionMutations(Mutation):
    @mutation
    async def contact_suspend(
        info: Info, session: TenantSession, input: ContactSuspendInput
    ) -> SuspensionPayload:
        """Put a contact, or levels of the tree around it, on stop. `previewSuspension` says whom.

        Refuses: `REASON_REQUIRED`, `TOO_LONG`, `INVALID_CHARACTERS`, `SCOPE_EMPTY`,
        `LEVEL_OUT_OF_RANGE`, `NOT_FOUND`, `INVALID_ID`.
        """
        given = values(input, contact_id="contact")
        suspension = await suspensions.suspend(
            session, given["contact_id"], reach_of(input.scope), input.reason
        )
        return SuspensionPayload.of(suspension)

    @mutation
    async def suspension_lift(
        info: Info, session: TenantSession, input: SuspensionLiftInput
    ) -> SuspensionPayload:
        """End a suspension; it stays in the contact's history.

        Refuses: `ALREADY_LIFTED`, `TOO_LONG`, `INVALID_CHARACTERS`, `STALE_VERSION`,
        `NOT_FOUND`, `INVALID_ID`.
        """
        key = values(input, id="suspension")["id"]
        return SuspensionPayload.of(
            await suspensions.lift(session, key, input.reason, input.version)
        )
