"""The job that writes a list to a file."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.exporting import rules, services
from core.exporting.sending import send
from core.exporting.services import KIND, Lines
from core.exporting.wording import was_cut
from core.exporting.writers import XLSX_TYPE, Csv, JsonLines, Writer, Xlsx, whole
from core.files import produced
from core.files.produced import Made
from core.files.store import Store
from core.jobs.models import Job
from core.kit.background import BackgroundJob, Work
from core.kit.errors import ModuleError, Refused
from core.kit.session import TenantSession
from core.kit.settings import get_settings
from core.kit.sheets import Sheet
from core.tenancy.models import Tenant

TYPES = {
    "XLSX": (XLSX_TYPE, "xlsx"),
    "CSV": ("text/csv; charset=utf-8", "csv"),
    "JSONL": ("application/jsonl", "jsonl"),
}


async def _export(session: TenantSession, job: Work) -> bool:
    """All in one step: a file that is half written can't be taken up by another process."""
    given = rules.unpacked(job.arguments)
    sheet = job.modules.sheets.get(given["sheet"])
    if sheet is None:
        raise ModuleError(f"No module that is on has the sheet '{given['sheet']}'.")
    type_, ending = TYPES[given["format"]]
    settings = get_settings()
    store = Store.of(settings)
    with produced.place_for_one(store) as path:
        async with job.apart() as reading:
            language = given.get("language") or await _language(reading)
            lines = await _lines(reading, job, sheet, given)
            writer = await _write(reading, job, lines, _writer(path, sheet, lines, given, language))
        title = sheet.title(language)
        name = f"{title.lower().replace(' ', '-')}-{session.now:%Y-%m-%d-%H%M%S}.{ending}"
        file = await produced.put_away(job, store, Made(path, name, type_))
    await produced.hold(session, file)
    for row, column, length in writer.cut:
        job.count("cut")
        job.say(was_cut(language, row, lines.columns[column].header(language), length))
    job.file_id = file.id
    said = {"file": name, "size": file.size, "rows": job.done}
    session.record(await session.find(Job, job.id), {"exported": [None, said]})
    if given.get("sendTo") is not None:
        await send(session, job, file, title, language, settings)
    return True


async def _lines(session: TenantSession, job: Work, sheet: Sheet, given: dict[str, Any]) -> Lines:
    lines = await services.lines_of(session, sheet, given, given["columns"])
    connection = await session.connection()
    job.total = (await connection.execute(lines.total, lines.parameters)).scalar_one()
    if given["format"] == "XLSX" and job.total > rules.MOST_XLSX_ROWS:
        message = f"{job.total} rows are more than a sheet holds: ask for CSV, or for fewer."
        raise Refused("TOO_MANY_ROWS", message)
    return lines


async def _write(session: TenantSession, job: Work, lines: Lines, make: Any) -> Writer:
    with whole(await asyncio.to_thread(make)) as writer:
        await _write_all(session, job, lines, writer)
        await asyncio.to_thread(writer.close)
    return writer


async def _write_all(session: TenantSession, job: Work, lines: Lines, writer: Writer) -> None:
    # JSON has instants with their zone; cells have what the clocks of the tenant show.
    zone = None if isinstance(writer, JsonLines) else job.time_zone
    writing: asyncio.Task[int] | None = None
    done = 0
    try:
        async for piece in lines.pieces(session):
            if writing is not None:
                done += await writing
                await job.progress(done)
            # While these are written, the next are read.
            writing = asyncio.create_task(
                asyncio.to_thread(_write_some, writer, lines, piece, zone)
            )
    finally:
        if writing is not None:
            done += await writing
    await job.progress(done)


def _write_some(writer: Writer, lines: Lines, rows: Sequence[Any], zone: ZoneInfo | None) -> int:
    writer.write(lines.made(rows, zone))
    return len(rows)


def _writer(path: Path, sheet: Sheet, lines: Lines, given: dict[str, Any], language: str) -> Any:
    headers = [column.header(language) for column in lines.columns]
    if given["format"] == "XLSX":
        return partial(Xlsx, path, sheet.title(language), headers)
    if given["format"] == "CSV":
        separator = rules.SEPARATORS[given["separator"]]
        return partial(Csv, path, headers, separator, given["byteOrderMark"])
    keys = [
        column.key if key is None else rules.CUSTOM + key
        for column, key in zip(lines.columns, lines.custom, strict=True)
    ]
    return partial(JsonLines, path, keys)


async def _language(session: TenantSession) -> str:
    locale = await session.scalar(select(Tenant.locale).where(Tenant.id == session.tenant_id))
    return locale or "fr"


EXPORT = BackgroundJob(KIND, _export, requires="contacts.read", pausable=False)
