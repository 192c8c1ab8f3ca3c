"""What loyalty tells."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.kit.events import Event


@dataclass(frozen=True)
class VisitRecorded(Event, name="loyalty.visit_recorded"):
    """A contact has been visited."""

    contact_id: UUID
    visit_id: UUID
