"""What happens to jobs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.kit.events import Event


@dataclass(frozen=True)
class JobEnded(Event, name="core.job_ended"):
    """It is over; told in the transaction of its last step, if it succeeded."""

    job_id: UUID
    kind: str
    #: SUCCEEDED, FAILED or CANCELLED.
    state: str
