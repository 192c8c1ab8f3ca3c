"""The table of attachments."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from core.kit.db import Base, Entity, Versioned, belongs_to


class Attachment(Entity, Versioned, Base):
    """A file that is attached to a contact; it holds a claim on the file."""

    __tablename__ = "core_attachment"
    __audit_root__ = "contact_id"
    __table_args__ = (
        belongs_to("contact_id", "core_contact"),
        belongs_to("file_id", "core_file"),
        Index(None, "tenant_id", "contact_id", "created_at", "id"),
        Index(None, "tenant_id", "created_at", "id"),
        Index(None, "tenant_id", "file_id"),
        Index(
            "ix_core_attachment_about",
            "tenant_id",
            "about",
            postgresql_where=text("about is not null"),
        ),
    )

    contact_id: Mapped[UUID]
    file_id: Mapped[UUID]
    #: IMAGE, FINANCIAL or OTHER.
    kind: Mapped[str]
    #: The file's name, unless another was given.
    title: Mapped[str]
    #: The global id of what it is attached to besides: a mission, a document …
    about: Mapped[str | None]
