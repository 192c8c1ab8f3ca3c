"""What the daily chart of missions is drawn from."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from core.kit.charts import ChartSource
from plugins.missions.models import Mission
from plugins.missions.rules import MissionStatus

_POINTS: Any = select(
    Mission.contact_id.label("contact_id"),
    func.coalesce(Mission.planned_start, Mission.created_at).label("at"),
    Mission.status.label("key"),
    func.coalesce(Mission.amount_excl_tax, 0).label("amount"),
)
MISSIONS = ChartSource(
    kind="MISSION",
    points=_POINTS,
    keys=tuple(MissionStatus),
    changed=Mission.updated_at,
    contact=Mission.contact_id,
)
