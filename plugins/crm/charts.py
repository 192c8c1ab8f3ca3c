"""What the nightly charts of notes and opportunities are drawn from."""

from __future__ import annotations

from typing import Any

from sqlalchemy import literal_column, select

from core.kit.charts import ChartSource
from core.kit.db import Money
from plugins.crm.models import Note, Opportunity

#: A note has no value: each counts as 1, so the chart shows how many there are.
_NOTES: Any = select(
    Note.contact_id.label("contact_id"),
    Note.created_at.label("at"),
    Note.status.label("key"),
    literal_column("1", Money).label("amount"),
)
_OPPORTUNITIES: Any = select(
    Opportunity.contact_id.label("contact_id"),
    Opportunity.created_at.label("at"),
    Opportunity.status.label("key"),
    Opportunity.value_excl_tax.label("amount"),
)
NOTES = ChartSource(
    kind="NOTE",
    points=_NOTES,
    keys=("OPEN", "COMPLETED", "CANCELLED"),
    changed=Note.updated_at,
    contact=Note.contact_id,
)
OPPORTUNITIES = ChartSource(
    kind="OPPORTUNITY",
    points=_OPPORTUNITIES,
    keys=("NEW", "ON_HOLD", "WON", "LOST"),
    changed=Opportunity.updated_at,
    contact=Opportunity.contact_id,
)
