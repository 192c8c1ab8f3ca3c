"""Tables of contacts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Computed, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, Versioned, belongs_to


class ContactGroup(Entity, Versioned, Base):
    """What kind of contact this is to the tenant: customer, site, supplier …"""

    __tablename__ = "core_contact_group"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "name_key",
            info={"refused": ("NAME_TAKEN", "There is already a group of that name.", "name")},
        ),
    )

    name: Mapped[str]
    #: The name as it sorts: lower case, without accents.
    name_key: Mapped[str]


class Contact(Entity, Versioned, Base):
    __tablename__ = "core_contact"
    __table_args__ = (
        belongs_to("group_id", "core_contact_group"),
        belongs_to("parent_id", "core_contact"),
        belongs_to("billed_id", "core_contact"),
        belongs_to("owner_id", "core_user"),
        Index(None, "tenant_id", "parent_id"),
        Index(None, "tenant_id", "billed_id"),
        Index(None, "tenant_id", "group_id"),
        Index(None, "tenant_id", "name_key", "id"),
        Index(None, "tenant_id", "town_key", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
        Index(None, "tenant_id", "reference"),
    )

    name: Mapped[str]
    #: The name as it sorts: lower case, without accents.
    name_key: Mapped[str]
    group_id: Mapped[UUID]
    reference: Mapped[str | None]
    street: Mapped[str | None]
    postcode: Mapped[str | None]
    town: Mapped[str | None]
    #: ISO 3166-1 alpha-2.
    country: Mapped[str | None]
    #: Degrees, WGS 84; both or neither.
    latitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    longitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    #: As it was typed; ``phone_e164`` is what it means.
    phone: Mapped[str | None]
    phone_e164: Mapped[str | None]
    email: Mapped[str | None]
    website: Mapped[str | None]
    information: Mapped[str | None]
    parent_id: Mapped[UUID | None]
    #: What the link to the parent means; set exactly when there is a parent.
    parent_kind: Mapped[str | None]
    #: Who pays: the parent of a billing site, else the contact itself.
    billed_id: Mapped[UUID] = mapped_column(
        Computed("case when parent_kind = 'BILLING_SITE' then parent_id else id end", True)
    )
    owner_id: Mapped[UUID | None]
    archived_at: Mapped[datetime | None]
    archive_reason: Mapped[str | None]
    #: The town as it sorts; the database's function says the same as ``sort_key``.
    town_key: Mapped[str | None] = mapped_column(Computed("core_sort_key(town)", True))
