"""What the daily chart of financial documents is drawn from."""

from __future__ import annotations

from sqlalchemy import case, select

from core.kit.charts import ChartSource
from plugins.finance.models import FinancialDocument
from plugins.finance.rules import DocumentKind, DocumentState

Document = FinancialDocument
FINANCE = ChartSource(
    kind="FINANCE",
    points=select(
        Document.contact_id.label("contact_id"),
        Document.issue_date.label("at"),
        Document.kind.label("key"),
        case(
            (Document.kind == DocumentKind.CREDIT_NOTE.value, -Document.total_excl_tax),
            else_=Document.total_excl_tax,
        ).label("amount"),
    ).where(Document.state == DocumentState.ISSUED.value),
    keys=tuple(DocumentKind),
    changed=Document.updated_at,
    contact=Document.contact_id,
)
