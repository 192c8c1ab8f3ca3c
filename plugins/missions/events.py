"""What missions tell the other modules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.kit.events import Event


@dataclass(frozen=True)
class MissionCreated(Event, name="missions.mission_created"):
    mission_id: UUID
    contact_id: UUID
    reference: str
    status: str


@dataclass(frozen=True)
class MissionStatusChanged(Event, name="missions.mission_status_changed"):
    """Told at each change, also those that have an event of their own."""

    mission_id: UUID
    contact_id: UUID
    before: str
    after: str


@dataclass(frozen=True)
class MissionCompleted(Event, name="missions.mission_completed"):
    mission_id: UUID
    contact_id: UUID
    with_issues: bool


@dataclass(frozen=True)
class MissionCancelled(Event, name="missions.mission_cancelled"):
    mission_id: UUID
    contact_id: UUID
    reason: str


@dataclass(frozen=True)
class MissionRescheduled(Event, name="missions.mission_rescheduled"):
    """A mission that was planned is now planned for another time."""

    mission_id: UUID
    contact_id: UUID
    planned_start: datetime | None
    planned_end: datetime | None


@dataclass(frozen=True)
class MissionLate(Event, name="missions.mission_late"):
    """A mission is late: *what* is START or FINISH, or OVERDUE if it has not begun on time."""

    mission_id: UUID
    contact_id: UUID
    reference: str
    what: str
