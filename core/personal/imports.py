"""What imports hold on persons: rows of spreadsheets, and the spreadsheets themselves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, literal_column, null, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB

from core.files.events import FileRemoved
from core.files.models import File, Upload
from core.importing.models import ImportBatch, ImportedRow
from core.kit.personal import PersonalData, Said, Subject, Treatment
from core.kit.session import TenantSession
from core.personal.services.log import blank

#: Of a file that is no more, but that something else must point to.
NO_BYTES = "0" * 64
_QUIETLY = {"synchronize_session": False}
#: As many cells as before, so that the headers still fit.
_BLANK: Any = literal_column(
    "(select coalesce(jsonb_agg(''::text), '[]') "
    "from jsonb_array_elements(case jsonb_typeof(cells) when 'array' then cells else '[]' end))",
    JSONB,
)


def _rows(subject: Subject) -> ColumnElement[bool]:
    """Those that made or changed the person, and those that name them."""
    return or_(ImportedRow.target_id == subject.key, subject.mentions.among(ImportedRow.cells))


async def _forget(session: TenantSession, subject: Subject) -> int:
    """Blank the rows, and remove the bytes of the files that they were read from."""
    batches = list(
        await session.scalars(select(ImportedRow.batch_id).where(_rows(subject)).distinct())
    )
    values = {
        "cells": _BLANK, "problems": null(), "notes": null(), "changes": null(),
        "before": null(), "kept": null(),
    }  # fmt: skip
    blanked: Any = await session.execute(
        update(ImportedRow).where(_rows(subject)).values(values), execution_options=_QUIETLY
    )
    files = select(ImportBatch.file_id).where(ImportBatch.id.in_(batches))
    for file in await session.scalars(select(File).where(File.id.in_(files), File.claims <= 1)):
        sha256, ending = file.sha256, file.filename.rpartition(".")[2]
        name = f"{subject.pseudonym}.{ending}"
        await session.execute(
            update(File)
            .where(File.id == file.id)
            .values(filename=name, sha256=NO_BYTES, size=0, has_thumbnail=False),
            execution_options=_QUIETLY,
        )
        await session.execute(
            update(Upload).where(Upload.file_id == file.id).values(filename=name),
            execution_options=_QUIETLY,
        )
        await blank(session, File.__tablename__, [file.id])
        await session.tell(FileRemoved(sha256))
    return int(blanked.rowcount)


ROWS = PersonalData(
    ImportedRow,
    Said("Lignes de fichiers importés", "Rows of imported files"),
    _rows,
    Treatment.PSEUDONYMISED,
    Said(
        "Les cellules sont vidées, et le fichier est effacé; le compte des lignes reste.",
        "Cells are blanked, and the file is erased; how many rows there were stays.",
    ),
    shows={
        "number": Said("Ligne", "Row"),
        "cells": Said("Cellules", "Cells"),
        "written_at": Said("Importée le", "Imported at"),
    },
    erase=_forget,
)
