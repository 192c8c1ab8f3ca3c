"""The closure of the hierarchy: every ancestor of every contact."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, TenantOwned, belongs_to


class ContactClosure(TenantOwned, Base):
    """One row for each contact and ancestor, itself included at depth 0.

    ``core_contact.parent_id`` is the truth; this is what questions along the tree read.
    """

    __tablename__ = "core_contact_closure"
    __table_args__ = (
        belongs_to("ancestor_id", "core_contact", ondelete="CASCADE"),
        belongs_to("descendant_id", "core_contact", ondelete="CASCADE"),
        Index(None, "tenant_id", "descendant_id", "depth"),
        Index(None, "tenant_id", "ancestor_id", "depth", "descendant_id"),
    )

    ancestor_id: Mapped[UUID] = mapped_column(primary_key=True)
    descendant_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: How many levels lie between the two.
    depth: Mapped[int]
