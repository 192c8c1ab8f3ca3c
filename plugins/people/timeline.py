"""What persons add to the timeline of their contact."""

from __future__ import annotations

from core.kit.timeline import TimelineSource
from plugins.people.models import Person

SOURCES = [
    TimelineSource(
        "PERSON", "person", "people.read", Person.contact_id, Person.created_at, Person.id,
        title=Person.full_name, detail=Person.position,
    )
]  # fmt: skip
