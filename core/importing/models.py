"""Tables of imports: batches, their rows, and how columns were mapped before."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, TenantOwned, Versioned, belongs_to
from core.kit.ids import new_id


class ImportBatch(Entity, Versioned, Base):
    """A file that somebody imports, and how far it is. The file is kept with it."""

    __tablename__ = "core_import_batch"
    # What it writes is audited row by row; its own states are no secret and no history.
    __audited__ = False
    __table_args__ = (
        belongs_to("file_id", "core_file"),
        belongs_to("job_id", "core_job"),
        Index(None, "tenant_id", "created_at", "id"),
        Index(None, "tenant_id", "job_id"),
    )

    #: What its rows are: the name of a module's sheet, such as contacts.
    sheet: Mapped[str]
    #: How the ids of what it writes begin.
    target: Mapped[str]
    state: Mapped[str]
    file_id: Mapped[UUID]
    #: What is being done to it, or was the last.
    job_id: Mapped[UUID | None]
    #: The parts of a row that whoever sent it may import.
    parts: Mapped[list[str]]
    #: The sheet of the workbook that is wanted, then the one that was read; none of CSV.
    worksheet: Mapped[str | None]
    #: Their names, in order; the hidden ones are those that a reader doesn't see.
    worksheets: Mapped[list[str]] = mapped_column(server_default="{}", default=list)
    hidden_worksheets: Mapped[list[str]] = mapped_column(server_default="{}", default=list)
    #: The row that has the headers, as a spreadsheet program counts; wanted, then found.
    header_row: Mapped[int | None]
    headers: Mapped[list[str]] = mapped_column(server_default="{}", default=list)
    #: For each header the key of its column, or an empty text.
    mapping: Mapped[list[str]] = mapped_column(server_default="{}", default=list)
    #: The word that clears a field.
    clear_word: Mapped[str]
    #: Below the headers.
    row_count: Mapped[int] = mapped_column(server_default="0", default=0)
    #: How many rows have each outcome, and how many were written and taken back.
    counts: Mapped[dict[str, Any]] = mapped_column(server_default="{}", default=dict)
    #: Why the file can't be read.
    problem: Mapped[dict[str, Any] | None]
    checked_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class ImportedRow(TenantOwned, Base):
    """A row of the file, and what becomes of it."""

    __tablename__ = "core_import_row"
    __table_args__ = (
        belongs_to("batch_id", "core_import_batch", ondelete="CASCADE"),
        Index(None, "tenant_id", "batch_id", "number"),
        Index(None, "tenant_id", "batch_id", "outcome", "number"),
        Index(None, "tenant_id", "batch_id", "turn", "number"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    batch_id: Mapped[UUID]
    #: As a spreadsheet program counts.
    number: Mapped[int]
    #: Their texts, in the order of the headers.
    cells: Mapped[Any] = mapped_column(JSONB)
    outcome: Mapped[str | None]
    #: Why it is refused, and what else is to be said of it.
    problems: Mapped[Any] = mapped_column(JSONB, nullable=True)
    notes: Mapped[Any] = mapped_column(JSONB, nullable=True)
    #: For each field that changes: its key, what was there, and what is to be.
    changes: Mapped[Any] = mapped_column(JSONB, nullable=True)
    #: What it writes: also before there is one.
    target_id: Mapped[UUID | None]
    reference: Mapped[str | None]
    #: Empty: it leaves its parent.
    parent_reference: Mapped[str | None]
    parent_id: Mapped[UUID | None]
    #: Rows are written in this order: parents before those below them.
    turn: Mapped[int] = mapped_column(server_default="0", default=0)
    written_at: Mapped[datetime | None]
    #: What is needed to undo it.
    before: Mapped[Any] = mapped_column(JSONB, nullable=True)
    versions: Mapped[Any] = mapped_column(JSONB, nullable=True)
    undone_at: Mapped[datetime | None]
    #: Why undoing has left it.
    kept: Mapped[Any] = mapped_column(JSONB, nullable=True)


class ImportMapping(TenantOwned, Base):
    """How the columns of a file with these headers were mapped the last time."""

    __tablename__ = "core_import_mapping"

    sheet: Mapped[str] = mapped_column(primary_key=True)
    #: SHA-256 of the headers.
    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    mapping: Mapped[list[str]]
    used_at: Mapped[datetime] = mapped_column(server_default=func.now())
