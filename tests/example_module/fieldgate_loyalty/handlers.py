"""What loyalty listens to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import update

from core.kit.events import Event
from core.kit.session import TenantSession
from fieldgate_loyalty.models import Visit, VisitRollup


async def forget_points(session: TenantSession, event: Event) -> None:
    """Points end with the contact; its visits stay."""
    contact_id = event.values()["contact_id"]
    await session.execute(update(Visit).where(Visit.contact_id == contact_id).values(points=0))


async def thank(session: TenantSession, event: dict[str, Any]) -> None:
    """Count a thank-you, once the visit is committed."""
    await session.execute(
        update(VisitRollup)
        .where(VisitRollup.contact_id == UUID(event["contact_id"]))
        .values(thanked=VisitRollup.thanked + 1)
    )
