"""Tables of loyalty."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, TenantOwned, Versioned, belongs_to


class Visit(Entity, Versioned, Base):
    __tablename__ = "loyalty_visit"
    __audit_root__ = "contact_id"
    __table_args__ = (
        belongs_to("contact_id", "core_contact"),
        Index(None, "tenant_id", "contact_id", "updated_at", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
    )

    contact_id: Mapped[UUID]
    reason: Mapped[str | None]
    rank: Mapped[str]
    points: Mapped[int]
    spent: Mapped[Decimal]


class VisitRollup(TenantOwned, Base):
    """Per contact: its last visit, and how many there are."""

    __tablename__ = "loyalty_visit_rollup"
    __table_args__ = (
        belongs_to("contact_id", "core_contact", ondelete="CASCADE"),
        Index(None, "tenant_id", "last_at"),
    )

    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    last_at: Mapped[datetime]
    visits: Mapped[int]
    thanked: Mapped[int] = mapped_column(default=0, server_default="0")
