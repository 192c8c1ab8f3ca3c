"""Tables of the nightly charts: one row per contact and kind, and one per tenant's last run."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, ForeignKeyConstraint, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, TenantOwned, belongs_to, view


class ChartRun(TenantOwned, Base):
    """The evening of a tenant's last run: what all its charts are drawn up to."""

    __tablename__ = "core_chart_run"

    day: Mapped[date]
    as_of: Mapped[datetime]
    #: When the next run should have been done.
    stale_after: Mapped[datetime]
    #: The days of the window as JSON text, oldest first.
    days: Mapped[Any] = mapped_column(JSON)


class Chart(TenantOwned, Base):
    """Dense arrays as the JSON text that clients get: one list per series, one entry per day.

    A row is drawn anew when its facts change; else it stays up to ``day`` and the view
    ``core_chart_current`` moves the window.
    """

    __tablename__ = "core_chart"
    __table_args__ = (belongs_to("contact_id", "core_contact", ondelete="CASCADE"),)

    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date]
    #: The status or type of each series, in the order they are stacked.
    keys: Mapped[Any] = mapped_column(JSON)
    values: Mapped[Any] = mapped_column(JSON)
    tops: Mapped[Any] = mapped_column(JSON)
    counts: Mapped[Any] = mapped_column(JSON)


CurrentChart = view(
    "core_chart_current",
    """
    select c.tenant_id, c.contact_id, c.kind, c.keys,
           case when w.later = 0 then c.values
                else core_chart_slide(c.values, '"0.00"', w.gone, w.later) end as values,
           case when w.later = 0 then c.tops
                else core_chart_slide(c.tops, '"0.00"', w.gone, w.later) end as tops,
           case when w.later = 0 then c.counts
                else core_chart_slide(c.counts, '0', w.gone, w.later) end as counts
    from core_chart c
    join core_chart_run r on r.tenant_id = c.tenant_id
    cross join lateral (
        select r.day - c.day as later,
               core_chart_first_day(r.day) - core_chart_first_day(c.day) as gone
    ) w
    """,
    Column("tenant_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("keys", JSON, nullable=False),
    Column("values", JSON, nullable=False),
    Column("tops", JSON, nullable=False),
    Column("counts", JSON, nullable=False),
    ForeignKeyConstraint(
        ["tenant_id", "contact_id"], ["core_contact.tenant_id", "core_contact.id"]
    ),
)
