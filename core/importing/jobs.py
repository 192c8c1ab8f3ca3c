"""The jobs of imports: a file is read, its rows are checked, written, taken back, reported on."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from core.exporting.writers import XLSX_TYPE, Csv, Xlsx, whole
from core.files import produced
from core.files.models import File
from core.files.produced import Made, opened
from core.files.store import Kept, Store
from core.importing.models import ImportBatch
from core.importing.rules import states
from core.importing.rules.headers import Meanings
from core.importing.rules.states import DURING, ImportState
from core.importing.services import applying, checking, reading, reporting, undoing
from core.importing.services import rows as kept
from core.importing.services.sheets import Importer, importer_of
from core.kit import bulk
from core.kit.background import BackgroundJob, Work
from core.kit.errors import Refused
from core.kit.ids import global_id
from core.kit.session import Channel, TenantSession
from core.kit.settings import get_settings


async def _held(session: TenantSession, job: Work) -> tuple[ImportBatch, Importer]:
    """The batch that a job is about, which nobody else does anything to meanwhile."""
    batch = await session.find(ImportBatch, UUID(job.arguments["batch"]), "import", lock=True)
    if batch.job_id != job.id:
        raise Refused("ANOTHER_JOB", "Another job has begun with this import meanwhile.")
    batch.state = DURING[job.kind].value
    session.act_as(global_id("import_batch", batch.id), Channel.IMPORT)
    return batch, importer_of(job.modules, batch.sheet, batch.parts)


async def _alone(session: TenantSession) -> None:
    """Let no other import of the tenant write until this step is over.

    Jobs take turns, but one whose worker was stopped for a while may go on beside the next: both
    would make the contacts that neither finds.
    """
    await session.hold("core.importing")


async def _read(session: TenantSession, job: Work) -> bool:
    async with job.apart() as looking:
        known = await looking.find(ImportBatch, UUID(job.arguments["batch"]), "import")
        file = await looking.find(File, known.file_id, "file")
        kept = Kept(looking.tenant_id, file.sha256)
    async with opened(Store.of(get_settings()), kept) as path:
        batch, importer = await _held(session, job)
        columns = await importer.columns(session)
        await reading.read_file(session, batch, path, columns, job.progress)
    job.total = job.done = batch.row_count
    if batch.problem is not None:
        job.say(batch.problem["message"])
    return True


async def _check(session: TenantSession, job: Work) -> bool:
    batch, importer = await _held(session, job)
    parts = await importer.used(session, batch.mapping)
    meanings = Meanings(await importer.columns(session))
    found = await checking.check_rows(session, batch, parts, meanings, job)
    job.done += found
    if found:
        return False
    await checking.settle(session, batch, importer)
    for outcome, number in batch.counts.items():
        job.counts[outcome] = number
    return True


async def _apply(session: TenantSession, job: Work) -> bool:
    batch, importer = await _held(session, job)
    await _alone(session)
    await bulk.commit_soon(session)
    parts = await importer.used(session, batch.mapping)
    written, refused = await applying.apply_rows(session, batch, parts, job)
    job.count("written", written)
    job.count("refused", refused)
    job.done += written + refused
    if written or refused:
        return False
    await bulk.commit_now(session)
    await kept.count(session, batch)
    batch.state, batch.applied_at = ImportState.APPLIED.value, session.now
    return True


async def _undo(session: TenantSession, job: Work) -> bool:
    batch, importer = await _held(session, job)
    await _alone(session)
    parts = await importer.used(session, batch.mapping)
    await bulk.commit_soon(session)
    found = await kept.last_written(session, batch, job.cursor.get("before"))
    if found:
        undone, left = await undoing.undo_rows(session, parts, found)
        job.count("undone", undone)
        job.count("kept", left)
        job.done += len(found)
        job.cursor = {"before": [found[-1].turn, found[-1].number]}
        return False
    await bulk.commit_now(session)
    await kept.count(session, batch)
    batch.state, batch.undone_at = ImportState.UNDONE.value, session.now
    return True


async def _report(session: TenantSession, job: Work) -> bool:
    language, format_ = job.arguments["language"], job.arguments["format"]
    title = {"fr": "Lignes refusées", "en": "Refused rows"}[language]
    name = f"{title.lower()}-{session.now:%Y-%m-%d-%H%M%S}.{format_.lower()}"
    type_ = "text/csv; charset=utf-8" if format_ == "CSV" else XLSX_TYPE
    store = Store.of(get_settings())
    with produced.place_for_one(store) as path:
        async with job.apart() as asking:
            await _write_report(asking, job, path, title)
        file = await produced.put_away(job, store, Made(path, name, type_))
    await produced.hold(session, file)
    job.file_id = file.id
    return True


async def _write_report(session: TenantSession, job: Work, path: Path, title: str) -> None:
    batch = await session.find(ImportBatch, UUID(job.arguments["batch"]), "import")
    language = job.arguments["language"]
    places, headers = await reporting.columns(session, batch, language)
    make: Any = partial(Xlsx, path, title, headers)
    if job.arguments["format"] == "CSV":
        make = partial(Csv, path, headers, ";", True)
    with whole(await asyncio.to_thread(make)) as writer:
        done = 0  # also where an attempt before this one had come further
        async for lines in reporting.lines(session, batch, places, language):
            await asyncio.to_thread(writer.write, lines)
            done += len(lines)
            await job.progress(done)
        await asyncio.to_thread(writer.close)


_WRITE, _IMPORT = "imports.write", Channel.IMPORT
JOBS = [
    BackgroundJob(states.READ, _read, _WRITE, _IMPORT, pausable=False),
    BackgroundJob(states.CHECK, _check, _WRITE, _IMPORT),
    BackgroundJob(states.APPLY, _apply, _WRITE, _IMPORT),
    BackgroundJob(states.UNDO, _undo, _WRITE, _IMPORT),
    BackgroundJob(states.REPORT, _report, "imports.read", _IMPORT, pausable=False),
]
