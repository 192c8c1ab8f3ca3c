"""Sales opportunities, from the first contact to won or lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.contacts.models import Contact
from core.kit.errors import Refused
from core.kit.session import TenantSession, check_version
from plugins.crm import rules
from plugins.crm.models import Opportunity, OpportunityStage, StageChange
from plugins.crm.services.lines import check_without_lines
from plugins.crm.services.owners import owner_of
from plugins.crm.services.stages import ensure_defaults

NAME_LENGTH = 200
OVER = frozenset({"WON", "LOST"})


async def create(
    session: TenantSession,
    contact_id: UUID,
    name: str,
    stage_id: UUID | None = None,
    value_excl_tax: Decimal | None = None,
    cost: Decimal | None = None,
    expected_close: date | None = None,
    **owner: UUID | None,
) -> Opportunity:
    """Open an opportunity, in the first stage and for the writer unless others are named."""
    said = rules.text(name, "name", NAME_LENGTH)
    value = rules.amount(value_excl_tax or Decimal(0), "valueExclTax")
    costs = rules.amount(cost or Decimal(0), "cost")
    contact = await session.find(Contact, contact_id, "contact", field="contactId")
    stages = await ensure_defaults(session)
    stage = stages[0] if stage_id is None else await _stage(session, stage_id)
    opportunity = Opportunity(
        contact_id=contact.id,
        name=said,
        status="NEW",
        stage_id=stage.id,
        owner_id=await owner_of(session, owner),
        value_excl_tax=value,
        cost=costs,
        expected_close=expected_close,
    )
    session.add(opportunity)
    await session.flush()
    _keep_change(session, opportunity, None)
    return opportunity


async def update(
    session: TenantSession, key: UUID, version: int | None = None, **changes: Any
) -> Opportunity:
    """Change an opportunity; stage and status have services of their own."""
    opportunity = await _find(session, key, version)
    if changes.keys() & {"value_excl_tax", "cost"}:
        await check_without_lines(session, opportunity)
    if "name" in changes:
        opportunity.name = rules.text(changes["name"], "name", NAME_LENGTH)
    if "value_excl_tax" in changes:
        value = changes["value_excl_tax"] or Decimal(0)
        opportunity.value_excl_tax = rules.amount(value, "valueExclTax")
    if "cost" in changes:
        opportunity.cost = rules.amount(changes["cost"] or Decimal(0), "cost")
    if "expected_close" in changes:
        opportunity.expected_close = changes["expected_close"]
    if "owner_id" in changes:
        opportunity.owner_id = await owner_of(session, changes)
    return opportunity


async def move(
    session: TenantSession, key: UUID, stage_id: UUID, version: int | None = None
) -> Opportunity:
    """Bring an opportunity to another stage, forwards or backwards; the way is kept."""
    opportunity = await _find(session, key, version)
    if opportunity.status in OVER:
        message = f"It is {opportunity.status}: reopen it before moving it."
        raise Refused("ILLEGAL_TRANSITION", message, "id")
    stage = await _stage(session, stage_id)
    if stage.id != opportunity.stage_id:
        before, opportunity.stage_id = opportunity.stage_id, stage.id
        _keep_change(session, opportunity, before)
    return opportunity


async def set_status(
    session: TenantSession, key: UUID, status: str, version: int | None = None
) -> Opportunity:
    """Put an opportunity on hold, win or lose it, or take it up again."""
    opportunity = await _find(session, key, version)
    opportunity.status = rules.step(rules.OPPORTUNITY_STEPS, opportunity.status, status)
    opportunity.closed_at = session.now if status in OVER else None
    return opportunity


def _keep_change(session: TenantSession, opportunity: Opportunity, before: UUID | None) -> None:
    session.add(
        StageChange(
            opportunity_id=opportunity.id,
            from_stage_id=before,
            to_stage_id=opportunity.stage_id,
            at=session.now,
            changed_by=session.user_id,
        )
    )


async def _find(session: TenantSession, key: UUID, version: int | None) -> Opportunity:
    opportunity = await session.find(Opportunity, key, "opportunity", field="id")
    check_version(opportunity, version)
    return opportunity


async def _stage(session: TenantSession, key: UUID) -> OpportunityStage:
    return await session.find(OpportunityStage, key, "opportunity stage", field="stageId")
