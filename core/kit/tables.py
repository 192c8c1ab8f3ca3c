"""The tables of the kit's own mechanics: audit, outbox, job runs, idempotency keys."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, TenantOwned
from core.kit.ids import new_id


class AuditEntry(TenantOwned, Base):
    """One write to one row: who, when, by which channel, and what changed from what to what."""

    __tablename__ = "core_audit_entry"
    __table_args__ = (
        Index(None, "tenant_id", "root_id", "at", "id"),
        Index(None, "tenant_id", "at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    user_id: Mapped[UUID | None]
    #: Who, also if it is no user: the name of the session's actor.
    actor: Mapped[str] = mapped_column(server_default="job")
    channel: Mapped[str]
    action: Mapped[str]
    row_type: Mapped[str]
    row_id: Mapped[UUID]
    #: The thing whose history shows this entry: a contact for what hangs below it.
    root_id: Mapped[UUID | None]
    changes: Mapped[dict[str, Any]]


class OutboxEntry(TenantOwned, Base):
    """Work that must happen because something was committed. The queue only carries its id."""

    __tablename__ = "core_outbox_entry"
    __table_args__ = (
        Index(
            "ix_core_outbox_entry_waiting",
            "tenant_id",
            "next_at",
            postgresql_where=text("delivered_at is null and dead_at is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    listener: Mapped[str]
    event: Mapped[dict[str, Any]]
    told_at: Mapped[datetime] = mapped_column(server_default=func.now())
    next_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(server_default="0")
    delivered_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    error: Mapped[str | None]


class JobRun(TenantOwned, Base):
    """One nightly job of one tenant for one business day; being unique makes it run once."""

    __tablename__ = "core_job_run"
    __table_args__ = (UniqueConstraint("tenant_id", "job", "day"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    job: Mapped[str]
    day: Mapped[date]
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default="0")
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    rows: Mapped[int | None]
    error: Mapped[str | None]


class IdempotencyKey(TenantOwned, Base):
    """A mutation that was asked for under a key of the client's, and what it answered."""

    __tablename__ = "core_idempotency_key"
    __table_args__ = (Index(None, "tenant_id", "at"),)

    caller: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    request: Mapped[str]
    answer: Mapped[dict[str, Any] | None]
