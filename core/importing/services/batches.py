"""What people do with imports: begin one, say what its columns mean, and have it done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from core.files import services as files
from core.files.rules import SPREADSHEETS
from core.importing.models import ImportBatch, ImportedRow
from core.importing.rules import headers, states
from core.importing.rules.states import DURING, FORGETTABLE, ImportState, check_state
from core.importing.services import mappings
from core.importing.services.sheets import Importer, importer_of
from core.jobs.models import Job
from core.jobs.services import start_job
from core.kit.errors import Refused
from core.kit.modules import Modules
from core.kit.session import TenantSession, check_version
from core.kit.text import checked

EMPTY = "#EMPTY"
LONGEST_WORD = 40


async def create_import(
    session: TenantSession,
    importer: Importer,
    file_id: UUID,
    *,
    clear_word: str | None = None,
    worksheet: str | None = None,
    header_row: int | None = None,
) -> ImportBatch:
    """Have a file read, to be imported as rows of a sheet."""
    file = await files.claim(session, file_id)
    if file.content_type not in SPREADSHEETS:
        message = (
            f"'{file.filename[:80]}' is no spreadsheet: it is of the type {file.content_type}."
        )
        raise Refused("NOT_A_SPREADSHEET", message, "fileId")
    if header_row is not None and not 1 <= header_row <= headers.DEEPEST:
        message = f"The headers are in one of the rows 1 to {headers.DEEPEST}, not {header_row}."
        raise Refused("INVALID_HEADER_ROW", message, "headerRow")
    batch = ImportBatch(
        sheet=importer.sheet.name,
        target=str(importer.sheet.model.__table__.info["prefix"]),
        state=ImportState.READING.value,
        file_id=file.id,
        parts=importer.names,
        worksheet=checked(worksheet, "worksheet", 255),
        header_row=header_row,
        clear_word=_word(clear_word),
    )
    session.add(batch)
    await session.flush()
    await _start(session, batch, states.READ)
    return batch


def _word(given: str | None) -> str:
    word = EMPTY if given is None else checked(given, "clearWord", LONGEST_WORD)
    if word is None:
        raise Refused("TEXT_REQUIRED", "The word that clears a field can't be blank.", "clearWord")
    return word


async def check_import(
    session: TenantSession,
    batch: ImportBatch,
    modules: Modules,
    columns: Sequence[str | None] | None = None,
    clear_word: str | None = None,
) -> ImportBatch:
    """Say what each row would do; write nothing. What the columns mean is remembered."""
    check_state(batch.state, states.BEFORE[states.CHECK], "checked")
    known = await importer_of(modules, batch.sheet, batch.parts).columns(session)
    keys = {column.key for column in known if column.imported}
    given: Sequence[str | None] = batch.mapping if columns is None else columns
    batch.mapping = headers.checked(given, batch.headers, keys)
    if not any(batch.mapping):
        raise Refused("NOTHING_MAPPED", "Say what one column means at least.", "columns")
    if clear_word is not None:
        batch.clear_word = _word(clear_word)
    await mappings.remember(session, batch)
    batch.counts, batch.checked_at = {}, None  # those of another check say nothing any more
    await _start(session, batch, states.CHECK, batch.row_count)
    return batch


async def apply_import(session: TenantSession, batch: ImportBatch) -> ImportBatch:
    """Write what the check has shown; rows that were written before are not written again."""
    check_state(batch.state, states.BEFORE[states.APPLY], "applied")
    found = batch.counts
    waiting = found.get("CREATED", 0) + found.get("CHANGED", 0) - found.get("written", 0)
    if waiting <= 0:
        raise Refused("NOTHING_TO_DO", "No row would change anything.", "id")
    await _start(session, batch, states.APPLY, waiting)
    return batch


async def undo_import(session: TenantSession, batch: ImportBatch) -> ImportBatch:
    """Take back what was written, but for what somebody has changed since."""
    check_state(batch.state, states.BEFORE[states.UNDO], "undone")
    written = batch.counts.get("written", 0) - batch.counts.get("undone", 0)
    if written <= 0:
        raise Refused("NOTHING_TO_DO", "Nothing of it is written.", "id")
    await _start(session, batch, states.UNDO, written)
    return batch


async def report_import(
    session: TenantSession, batch: ImportBatch, format_: str, language: str
) -> Job:
    """Have the refused rows written to a file, each with its reasons."""
    check_state(batch.state, states.BEFORE[states.REPORT], "reported on")
    refused = batch.counts.get("REFUSED", 0)
    if not refused:
        raise Refused("NOTHING_TO_DO", "No row was refused.", "id")
    given = {"batch": str(batch.id), "format": format_, "language": language}
    return await start_job(session, states.REPORT, given, refused)


async def delete_import(session: TenantSession, batch: ImportBatch) -> UUID:
    """Forget an import that has written nothing; its file goes unless something else has it."""
    if batch.state != ImportState.CLOSED or batch.counts.get("written"):
        check_state(batch.state, FORGETTABLE, "deleted")
    await session.execute(delete(ImportedRow).where(ImportedRow.batch_id == batch.id))
    key, file_id = batch.id, batch.file_id
    await session.delete(batch)
    await session.flush()
    await files.release(session, file_id)
    return key


async def own(session: TenantSession, key: UUID, version: int | None) -> ImportBatch:
    """The batch, held until this is over."""
    batch = await session.find(ImportBatch, key, "import", field="id", lock=True)
    check_version(batch, version)
    return batch


async def _start(
    session: TenantSession, batch: ImportBatch, kind: str, total: int | None = None
) -> None:
    arguments: dict[str, Any] = {"batch": str(batch.id)}
    job = await start_job(session, kind, arguments, total)
    batch.job_id, batch.state = job.id, DURING[kind].value
    await session.flush()
