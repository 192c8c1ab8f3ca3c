"""What missions add to the timeline of their contact."""

from __future__ import annotations

from core.kit.timeline import TimelineSource
from plugins.missions.models import Mission

SOURCES = [
    TimelineSource(
        "MISSION", "mission", "missions.read", Mission.contact_id, Mission.created_at, Mission.id,
        title=Mission.reference, detail=Mission.status,
    )
]  # fmt: skip
