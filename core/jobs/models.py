"""The table of jobs that people start."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, belongs_to


class Job(Entity, Base):
    """Something that takes longer than a request, for somebody who watches it."""

    __tablename__ = "core_job"
    # What it does is audited where it is done; each of its steps would be an entry otherwise.
    __audited__ = False
    __table_args__ = (
        belongs_to("file_id", "core_file"),
        Index(None, "tenant_id", "created_at", "id"),
        Index(
            "ix_core_job_waiting",
            "tenant_id",
            "next_at",
            postgresql_where=text("state in ('QUEUED', 'RUNNING')"),
        ),
    )

    kind: Mapped[str]
    state: Mapped[str]
    #: How many there are to do, if that is known; and how many of them are done.
    total: Mapped[int | None]
    done: Mapped[int] = mapped_column(server_default="0", default=0)
    counts: Mapped[dict[str, Any]] = mapped_column(server_default="{}", default=dict)
    messages: Mapped[list[str]] = mapped_column(server_default="{}", default=list)
    arguments: Mapped[dict[str, Any]]
    cursor: Mapped[dict[str, Any]] = mapped_column(server_default="{}", default=dict)
    #: The user, if it was one; ``caller`` says who also of a partner's program.
    requested_by: Mapped[UUID | None]
    caller: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    #: Of the step it is at.
    attempts: Mapped[int] = mapped_column(server_default="0", default=0)
    pause_requested_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    #: What came of it; claimed until it expires.
    file_id: Mapped[UUID | None]
    file_expires_at: Mapped[datetime | None]
    error: Mapped[str | None]
    #: Under which the log has the error.
    error_id: Mapped[str | None]
    #: When its next step may begin.
    next_at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: Who works at it, and until when nobody else may.
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
