"""The ledger of consents: what persons said to being written to, when, and how it is known."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, TenantOwned, belongs_to
from core.kit.ids import new_id


class Consent(TenantOwned, Base):
    """An entry of the ledger. It is only ever added to, so it needs no audit.

    The role that serves may neither change nor remove entries: a correction is another entry.
    What holds is the entry with the latest ``given_at``, of those the one recorded last; a trigger
    keeps it on the person.
    """

    __tablename__ = "people_consent"
    __table_args__ = (
        belongs_to("person_id", "people_person", ondelete="CASCADE"),
        belongs_to("evidence_id", "core_file"),
        CheckConstraint("status <> 'NONE' or is_undo", name="none_by_undo"),
        Index(None, "tenant_id", "person_id", "given_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID]
    #: AWAITING, GRANTED or REFUSED; NONE if marking many was undone, and there was nothing before.
    status: Mapped[str]
    #: EMAIL, CLICK, TELEPHONE or PAPER.
    medium: Mapped[str | None]
    #: What for, in the tenant's words.
    purpose: Mapped[str | None]
    comment: Mapped[str | None]
    #: What proves it: the scan of a letter, a mail.
    evidence_id: Mapped[UUID | None]
    #: Since when it holds; an entry may be recorded later.
    given_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    #: The user; null: a job or a partner's program.
    recorded_by: Mapped[UUID | None]
    #: Whether it takes back what marking many persons did.
    is_undo: Mapped[bool] = mapped_column(default=False, server_default="false")
