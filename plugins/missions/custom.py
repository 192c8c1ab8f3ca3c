"""Missions as what tenants define fields for: those of their type."""

from __future__ import annotations

from core.kit.custom import CustomFieldTarget
from plugins.missions.models import Mission, MissionCustomValue, MissionType

MISSIONS = CustomFieldTarget(
    kind="MISSION",
    subject=Mission,
    values=MissionCustomValue,
    scope=Mission.type_id,
    within=MissionType,
    name=Mission.reference,
)
