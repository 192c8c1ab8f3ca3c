"""Persons: whom to reach, and what they said to being written to."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, Versioned, belongs_to

#: First and last name, or else the e-mail address.
FULL_NAME = (
    "coalesce(nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), ''), email)"
)


class Person(Entity, Versioned, Base):
    """Someone at a contact, or at none.

    A contact with persons has exactly one that is primary: at most one by the unique index, at
    least one by a trigger that its migration makes and that looks when a transaction ends.
    """

    __audit_root__ = "contact_id"
    __tablename__ = "people_person"
    __table_args__ = (
        belongs_to("contact_id", "core_contact"),
        CheckConstraint("contact_id is not null or not is_primary", name="primary_of_somebody"),
        Index(
            "uq_people_person_primary",
            "tenant_id",
            "contact_id",
            unique=True,
            postgresql_where=text("is_primary"),
        ),
        Index(None, "tenant_id", "contact_id", "name_key", "id"),
        Index(None, "tenant_id", "name_key", "id"),
        Index(None, "tenant_id", "email", "id"),
        # Of texts that are asked for as they are, few have most.
        *(
            Index(f"ix_people_person_{column}", "tenant_id", column, "name_key", "id")
            for column in ("full_name", "position", "department", "language")
        ),
        Index(None, "tenant_id", "created_at", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
        Index(None, "tenant_id", "consent_status", "name_key", "id"),
        Index(None, "tenant_id", "consent_changed_at", "id"),
        # Of few persons, however many there are: a page of them is read at once.
        Index(
            "ix_people_person_consent_medium",
            "tenant_id",
            "consent_medium",
            "name_key",
            "id",
            postgresql_where=text("consent_medium is not null"),
        ),
        Index(
            "ix_people_person_booking_access",
            "tenant_id",
            "name_key",
            "id",
            postgresql_where=text("booking_access"),
        ),
        Index(
            "ix_people_person_opted_out",
            "tenant_id",
            "name_key",
            "id",
            postgresql_where=text("not receives_marketing"),
        ),
        Index(
            "ix_people_person_no_documents",
            "tenant_id",
            "name_key",
            "id",
            postgresql_where=text("not receives_documents"),
        ),
        Index(
            "ix_people_person_erased",
            "tenant_id",
            "name_key",
            "id",
            postgresql_where=text("erased_at is not null"),
        ),
    )

    contact_id: Mapped[UUID | None]
    is_primary: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str | None]
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    full_name: Mapped[str] = mapped_column(Computed(FULL_NAME, True))
    #: Last and first name as they sort: lower case, without accents.
    name_key: Mapped[str]
    email: Mapped[str | None]
    #: Numbers as they were typed; the columns ``…_e164`` are what they mean.
    mobile: Mapped[str | None]
    mobile_e164: Mapped[str | None]
    landline: Mapped[str | None]
    landline_e164: Mapped[str | None]
    extension: Mapped[str | None]
    position: Mapped[str | None]
    department: Mapped[str | None]
    #: ISO 639-1, with a country if need be: fr, fr-BE.
    language: Mapped[str | None]
    #: Independent switches; any of them may forbid.
    booking_access: Mapped[bool] = mapped_column(default=False)
    receives_documents: Mapped[bool] = mapped_column(default=True)
    receives_marketing: Mapped[bool] = mapped_column(default=True)
    #: What the ledger of consents says now, kept by a trigger on it: NONE if it says nothing.
    consent_status: Mapped[str] = mapped_column(default="NONE", server_default="NONE")
    consent_medium: Mapped[str | None]
    #: Since when that holds.
    consent_changed_at: Mapped[datetime | None]
    #: The entry that holds. Entries point to their person already, hence no foreign key.
    consent_id: Mapped[UUID | None]
    #: Since when nothing of them is known any more: what is left is a pseudonym.
    erased_at: Mapped[datetime | None]
