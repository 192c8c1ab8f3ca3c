"""Tags: a list of the tenant's own, and which persons have which."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, TenantOwned, Versioned, belongs_to


class PersonTag(Entity, Versioned, Base):
    """A word that the tenant sorts persons by: management, finance, newsletter …"""

    __tablename__ = "people_person_tag"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "name_key",
            info={"refused": ("NAME_TAKEN", "There is already a tag of that name.", "name")},
        ),
    )

    name: Mapped[str]
    #: The name as it sorts: lower case, without accents.
    name_key: Mapped[str]
    #: As #rrggbb.
    colour: Mapped[str]
    #: Since when it can't be given any more; persons that have it keep it.
    archived_at: Mapped[datetime | None]


class PersonTagging(TenantOwned, Base):
    """A person has a tag."""

    __tablename__ = "people_person_tagging"
    __table_args__ = (
        belongs_to("person_id", "people_person", ondelete="CASCADE"),
        belongs_to("tag_id", "people_person_tag"),
        Index(None, "tenant_id", "tag_id", "person_id"),
    )

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(primary_key=True)
