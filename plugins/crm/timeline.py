"""What the contact's file adds to its timeline."""

from __future__ import annotations

from core.kit.timeline import TimelineSource
from plugins.crm.models import Alert, Flag, Note, Opportunity, Suspension

SOURCES = [
    TimelineSource(
        "NOTE", "note", "crm.read", Note.contact_id, Note.created_at, Note.id,
        title=Note.subject, detail=Note.status,
    ),
    TimelineSource(
        "OPPORTUNITY", "opportunity", "crm.read",
        Opportunity.contact_id, Opportunity.created_at, Opportunity.id,
        title=Opportunity.name, detail=Opportunity.status,
    ),
    TimelineSource(
        "SUSPENSION", "suspension", "crm.read",
        Suspension.contact_id, Suspension.since, Suspension.id,
        title=Suspension.reason, detail=Suspension.cause,
    ),
    # That there is a flag is on the timeline by itself, for those who may know.
    TimelineSource(
        "ALERT", "alert", "crm.alerts", Alert.contact_id, Alert.raised_at, Alert.id,
        title=Alert.title, detail=Alert.severity, where=Alert.cause != "FLAGGED",
    ),
    TimelineSource(
        "FLAG", "flag", "crm.flags", Flag.contact_id, Flag.created_at, Flag.id, title=Flag.text,
    ),
]  # fmt: skip
