"""What loyalty does."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from core.contacts.models import Contact
from core.kit.errors import Refused
from core.kit.session import TenantSession
from fieldgate_loyalty.events import VisitRecorded
from fieldgate_loyalty.models import Visit, VisitRollup
from fieldgate_loyalty.rules import points_for


async def record_visit(
    session: TenantSession, contact_id: UUID, spent: Decimal, reason: str | None, rank: str
) -> Visit:
    """A visit, with the points that it earns."""
    contact = await session.find(Contact, contact_id, field="contactId")
    if spent < 0:
        raise Refused("SPENT_NEGATIVE", f"{spent} was spent; it can't be less than 0.", "spent")
    visit = Visit(
        contact_id=contact.id, spent=spent, reason=reason, rank=rank, points=points_for(spent)
    )
    session.add(visit)
    await session.flush()
    await _roll_up(session, contact.id, visit.updated_at)
    await session.tell(VisitRecorded(contact.id, visit.id))
    return visit


async def _roll_up(session: TenantSession, contact_id: UUID, at: datetime) -> None:
    row = insert(VisitRollup).values(
        tenant_id=session.tenant_id, contact_id=contact_id, last_at=at, visits=1
    )
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["tenant_id", "contact_id"],
            set_={
                "last_at": func.greatest(VisitRollup.last_at, at),
                "visits": VisitRollup.visits + 1,
            },
        )
    )
