"""Marking many: one answer recorded for all persons of a list, frozen before anybody decides."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Index, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, TenantOwned, Versioned, belongs_to
from core.kit.ids import new_id


class ConsentMarking(Entity, Versioned, Base):
    """What is recorded for many persons at once, how far it is, and until when it can be undone."""

    __tablename__ = "people_consent_marking"
    __table_args__ = (
        belongs_to("evidence_id", "core_file"),
        Index(None, "tenant_id", "created_at", "id"),
    )

    #: AWAITING, GRANTED or REFUSED.
    status: Mapped[str]
    medium: Mapped[str | None]
    purpose: Mapped[str | None]
    comment: Mapped[str | None]
    evidence_id: Mapped[UUID | None]
    #: Since when it holds; null until it is applied, unless it was said.
    given_at: Mapped[datetime | None]
    #: FREEZING, DRAFT, MARKING, MARKED, UNDOING or UNDONE.
    state: Mapped[str]
    #: How many persons were frozen.
    person_count: Mapped[int]
    marked_count: Mapped[int] = mapped_column(server_default="0", default=0)
    skipped_count: Mapped[int] = mapped_column(server_default="0", default=0)
    undone_count: Mapped[int] = mapped_column(server_default="0", default=0)
    left_count: Mapped[int] = mapped_column(server_default="0", default=0)
    #: The job that is at it; null if it was done at once.
    job_id: Mapped[UUID | None]
    applied_at: Mapped[datetime | None]
    applied_by: Mapped[UUID | None]
    undo_until: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None]


class ConsentMarkingChoice(TenantOwned, Base):
    """Some of the persons whom a marking is for, as they were chosen, until they are its marks."""

    __tablename__ = "people_consent_marking_choice"
    __table_args__ = (belongs_to("marking_id", "people_consent_marking", ondelete="CASCADE"),)

    marking_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    keys: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))


class ConsentMark(TenantOwned, Base):
    """A person of the frozen set, and what became of them."""

    __tablename__ = "people_consent_mark"
    __table_args__ = (
        belongs_to("marking_id", "people_consent_marking", ondelete="CASCADE"),
        belongs_to("person_id", "people_person", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "marking_id", "person_id"),
        Index(None, "tenant_id", "marking_id", "position"),
        Index(None, "tenant_id", "marking_id", "outcome", "person_id"),
        Index(None, "tenant_id", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    marking_id: Mapped[UUID]
    person_id: Mapped[UUID]
    #: In the order of names when it was frozen, from 1.
    position: Mapped[int]
    #: FROZEN, MARKED, SKIPPED (erased meanwhile), UNDONE, or LEFT (somebody has recorded since).
    outcome: Mapped[str] = mapped_column(server_default="FROZEN", default="FROZEN")
    #: The entry that it made, and the one that took it back. Entries point to their person.
    consent_id: Mapped[UUID | None]
    undo_id: Mapped[UUID | None]
