"""What mails add to the timeline of their contact: those that went out, or are about to."""

from __future__ import annotations

from sqlalchemy import func

from core.kit.timeline import TimelineSource
from core.mail.models import Mail, in_state
from core.mail.rules.states import OUT

SOURCES = [
    TimelineSource(
        "MAIL", "mail", "mail.read", Mail.contact_id, Mail.queued_at, Mail.id,
        title=func.coalesce(Mail.subject, ""), detail=Mail.address,
        where=in_state(*OUT),
    )
]  # fmt: skip
