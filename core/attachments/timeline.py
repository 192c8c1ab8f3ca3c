"""What attachments add to the timeline of their contact."""

from __future__ import annotations

from core.attachments.models import Attachment
from core.kit.timeline import TimelineSource

SOURCES = [
    TimelineSource(
        "ATTACHMENT", "attachment", "files.read",
        Attachment.contact_id, Attachment.created_at, Attachment.id,
        title=Attachment.title, detail=Attachment.kind,
    )
]  # fmt: skip
