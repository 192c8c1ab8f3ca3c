"""Notes, their types, and the counter of their references."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped

from core.kit.db import Base, Entity, TenantOwned, Versioned, belongs_to


class NoteType(Entity, Versioned, Base):
    """What a note is about, to the tenant: a call, a visit, a complaint …"""

    __tablename__ = "crm_note_type"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "name_key",
            info={"refused": ("NAME_TAKEN", "There is already a note type of that name.", "name")},
        ),
    )

    name: Mapped[str]
    #: The name as it sorts: lower case, without accents.
    name_key: Mapped[str]


class Note(Entity, Versioned, Base):
    __tablename__ = "crm_note"
    __table_args__ = (
        belongs_to("contact_id", "core_contact"),
        belongs_to("type_id", "crm_note_type"),
        belongs_to("owner_id", "core_user"),
        UniqueConstraint("tenant_id", "reference"),
        Index(None, "tenant_id", "contact_id", "updated_at", "id"),
        Index(None, "tenant_id", "contact_id", "created_at", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
        Index(None, "tenant_id", "created_at", "id"),
        Index(None, "tenant_id", "due_date", "id"),
        Index("ix_crm_note_about", "tenant_id", "about", postgresql_where=sql("about is not null")),
    )
    __audit_root__ = "contact_id"

    contact_id: Mapped[UUID]
    #: Given by the counter and never changed.
    reference: Mapped[str]
    type_id: Mapped[UUID]
    subject: Mapped[str]
    text: Mapped[str | None]
    #: OPEN, COMPLETED or CANCELLED.
    status: Mapped[str]
    due_date: Mapped[date | None]
    owner_id: Mapped[UUID | None]
    #: The global id of what else it is about: a mission, a person, a document …
    about: Mapped[str | None]


class NoteCounter(TenantOwned, Base):
    """The number of a tenant's last note. Taking one locks the row until the commit."""

    __tablename__ = "crm_note_counter"

    last: Mapped[int]
