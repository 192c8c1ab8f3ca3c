"""Erasures: that a person was, and what became of what was known of them. Nothing of it itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from core.kit.db import Base, Entity, belongs_to


class Erasure(Entity, Base):
    """The certificate that a person was erased. It is never changed."""

    __tablename__ = "people_erasure"
    __table_args__ = (
        belongs_to("file_id", "core_file"),
        UniqueConstraint("tenant_id", "person_id"),
    )

    #: Whose row stays under a pseudonym, unless it is deleted later: hence no foreign key.
    person_id: Mapped[UUID]
    erased_at: Mapped[datetime]
    #: The user; null: a partner's program.
    erased_by: Mapped[UUID | None]
    #: By table: how many rows were erased, pseudonymised, kept, and why. No word of the person.
    report: Mapped[dict[str, Any]]
    #: The same to read, as a page.
    file_id: Mapped[UUID]
