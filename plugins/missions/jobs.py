"""In the evening, missions that should have begun by now and haven't are late."""

from __future__ import annotations

from sqlalchemy import select, text

from core.kit.jobs import Night, NightlyJob
from core.kit.session import TenantSession
from plugins.missions.events import MissionLate
from plugins.missions.models import NOT_BEGUN, Mission

#: Of one night; those that were to begin last come first.
MOST = 1000


async def mark_overdue(session: TenantSession, night: Night) -> int:
    """Raise the alert ``late_start`` for each, and tell whoever listens."""
    overdue = await session.scalars(
        select(Mission)
        .where(Mission.planned_start < session.now, ~Mission.late_start, text(NOT_BEGUN))
        .order_by(Mission.planned_start.desc())
        .limit(MOST)
        .with_for_update(skip_locked=True)
    )
    missions = list(overdue)
    for mission in missions:
        mission.late_start = True
    await session.flush()
    for mission in missions:
        await session.tell(
            MissionLate(mission.id, mission.contact_id, mission.reference, "OVERDUE")
        )
    return len(missions)


OVERDUE = NightlyJob("missions.overdue", mark_overdue)
