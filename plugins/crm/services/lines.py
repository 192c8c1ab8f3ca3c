"""The lines of an opportunity, which its value and cost follow from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from core.kit.errors import Refused
from core.kit.session import TenantSession, check_version
from plugins.crm.models import Opportunity, OpportunityLine
from plugins.crm.rules.lines import Line, checked_lines


async def set_lines(
    session: TenantSession, key: UUID, given: Sequence[dict[str, Any]], version: int | None = None
) -> Opportunity:
    """Replace the lines; without any, value and cost stay as they are."""
    lines = checked_lines(given)
    opportunity = await session.find(Opportunity, key, "opportunity", field="id", lock=True)
    check_version(opportunity, version)
    before = [_said(line) for line in await _lines_of(session, opportunity)]
    after = [_said(line) for line in lines]
    if before == after:
        return opportunity
    await session.execute(
        delete(OpportunityLine).where(OpportunityLine.opportunity_id == opportunity.id)
    )
    for position, line in enumerate(lines):
        session.add(
            OpportunityLine(
                opportunity_id=opportunity.id,
                position=position,
                total_excl_tax=line.total_excl_tax,
                total_cost=line.total_cost,
                **asdict(line),
            )
        )
    if lines:
        opportunity.value_excl_tax = sum((x.total_excl_tax for x in lines), Decimal(0))
        opportunity.cost = sum((x.total_cost for x in lines), Decimal(0))
    session.record(opportunity, {"lines": [before, after]})
    await session.flush()
    return opportunity


async def check_without_lines(session: TenantSession, opportunity: Opportunity) -> None:
    if await _lines_of(session, opportunity):
        message = "Its value and cost are what its lines come to: change those."
        raise Refused("VALUE_FROM_LINES", message, "valueExclTax")


async def _lines_of(session: TenantSession, opportunity: Opportunity) -> list[OpportunityLine]:
    found = await session.scalars(
        select(OpportunityLine)
        .where(OpportunityLine.opportunity_id == opportunity.id)
        .order_by(OpportunityLine.position)
    )
    return list(found)


def _said(line: Line | OpportunityLine) -> str:
    """A line as the history shows it."""
    quantity, price, cost = (
        f"{amount.normalize():f}" for amount in (line.quantity, line.unit_price, line.unit_cost)
    )
    return f"{quantity} × {line.description}: {price} (cost {cost})"
