"""Tables of files, and of the uploads that bring them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, Stamped, TenantOwned, belongs_to
from core.kit.ids import new_id


class File(Entity, Stamped, Base):
    """A file that has arrived. Files that hold the same bytes share them on the disk."""

    __tablename__ = "core_file"
    __table_args__ = (
        Index(None, "tenant_id", "sha256"),
        Index(
            "ix_core_file_unclaimed",
            "tenant_id",
            "created_at",
            postgresql_where=text("claims = 0"),
        ),
    )

    filename: Mapped[str]
    content_type: Mapped[str]
    #: In bytes.
    size: Mapped[int]
    sha256: Mapped[str]
    #: Whether there is a small picture of it.
    has_thumbnail: Mapped[bool]
    #: How many rows of the tenant hold on to it; without any, it goes after a day.
    claims: Mapped[int] = mapped_column(server_default="0")
    #: What came of a job: opened by the job alone, for those who see it.
    is_private: Mapped[bool] = mapped_column(server_default="false", default=False)


class Upload(TenantOwned, Base):
    """A file that was announced; the address it may be sent to is good once."""

    __tablename__ = "core_upload"
    __table_args__ = (
        belongs_to("file_id", "core_file", ondelete="CASCADE"),
        Index(None, "tenant_id", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    filename: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    announced_by: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    #: What came; null until it has.
    file_id: Mapped[UUID | None]
