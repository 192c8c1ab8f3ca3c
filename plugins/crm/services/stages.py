"""The stages of opportunities: a list of the tenant's own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from core.contacts.rules import name as named
from core.kit.ids import new_id
from core.kit.keys import sort_key
from core.kit.session import TenantSession, check_version
from plugins.crm import rules
from plugins.crm.models import OpportunityStage

#: Name, probability in percent, colour.
DEFAULTS = (
    ("Prospect", 10, "#94a3b8"),
    ("Qualified", 20, "#38bdf8"),
    ("Visit", 40, "#818cf8"),
    ("Quotation", 60, "#f59e0b"),
    ("Negotiation", 80, "#22c55e"),
)


async def ensure_defaults(session: TenantSession) -> list[OpportunityStage]:
    """The stages of the tenant in their order; without any, the default ones are made."""
    if found := await _all(session):
        return found
    rows = [
        {
            "tenant_id": session.tenant_id,
            "id": new_id(),
            "name": name,
            "name_key": sort_key(name),
            "probability": probability,
            "colour": colour,
            "position": position,
        }
        for position, (name, probability, colour) in enumerate(DEFAULTS)
    ]
    # Two first uses at once make one set: the second waits for the first, and adds nothing.
    await session.execute(insert(OpportunityStage).values(rows).on_conflict_do_nothing())
    return await _all(session)


async def create_stage(
    session: TenantSession, name: str, probability: int, colour: str, position: int | None = None
) -> OpportunityStage:
    """Add a stage, behind the others unless a position is given."""
    await ensure_defaults(session)
    last = await session.scalar(select(func.max(OpportunityStage.position)))
    stage = OpportunityStage(
        name=named(name),
        name_key=sort_key(name),
        probability=rules.probability(probability),
        colour=rules.colour(colour),
        position=(last or 0) + 1 if position is None else rules.position(position),
    )
    session.add(stage)
    await session.flush()
    return stage


async def update_stage(
    session: TenantSession, key: UUID, version: int | None = None, **changes: Any
) -> OpportunityStage:
    stage = await session.find(OpportunityStage, key, "opportunity stage", field="id")
    check_version(stage, version)
    if "name" in changes:
        stage.name = named(changes["name"] or "")
        stage.name_key = sort_key(stage.name)
    if changes.get("probability") is not None:
        stage.probability = rules.probability(changes["probability"])
    if changes.get("colour") is not None:
        stage.colour = rules.colour(changes["colour"])
    if changes.get("position") is not None:
        stage.position = rules.position(changes["position"])
    return stage


async def _all(session: TenantSession) -> list[OpportunityStage]:
    found = await session.scalars(
        select(OpportunityStage).order_by(OpportunityStage.position, OpportunityStage.name_key)
    )
    return list(found)
