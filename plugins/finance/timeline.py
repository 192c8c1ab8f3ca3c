"""What financial documents add to the timeline of their contact."""

from __future__ import annotations

from sqlalchemy import func

from core.kit.timeline import TimelineSource
from plugins.finance.models import FinancialDocument as Document

SOURCES = [
    TimelineSource(
        "FINANCIAL_DOCUMENT", "financial_document", "finance.read",
        Document.contact_id, Document.created_at, Document.id,
        title=func.coalesce(Document.reference, Document.description, Document.kind),
        detail=Document.kind,
    )
]  # fmt: skip
