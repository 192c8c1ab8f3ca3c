"""All that is held on a person as one archive: to read, to reuse, and the files themselves."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import select

from core.files.models import File
from core.files.store import Kept, Store
from core.kit.audit import plain
from core.kit.modules import Modules
from core.kit.personal import PersonalData, Subject, Treatment
from core.kit.session import TenantSession
from core.kit.sql import key_of
from core.kit.tables import AuditEntry
from core.personal.pages import Chapter, archive_page
from core.personal.services import holdings

#: So much of a text stands around what names the person.
MOST_SHOWN = 2_000


@dataclass
class Archive:
    """What is written down, before it is."""

    name: str
    language: str
    zone: ZoneInfo
    chapters: list[Chapter] = field(default_factory=list)
    mentions: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    files: list[File] = field(default_factory=list)


async def gather(
    session: TenantSession, modules: Modules, subject: Subject, archive: Archive
) -> Archive:
    """Read all that is held on the person, of whichever module."""
    held = modules.personal_data
    for data in held:
        more = [data.file] if data.file is not None else []
        rows = await holdings.shown(session, data, subject, *more) if data.shows else []
        if rows:
            archive.chapters.append(_chapter(data, rows, archive.language))
        if data.treatment is not Treatment.KEPT:
            archive.history += await _history(session, data, subject)
        if data.file is not None:
            found = {row._mapping[data.file] for row in rows} - {None}
            archive.files += await session.scalars(select(File).where(File.id.in_(found)))
    async for of, mentions in holdings.mentioned(session, held, subject, apart=True):
        for mention in mentions:
            key = {name: plain(value) for name, value in mention.key.items()}
            texts = {name: _short(value) for name, value in mention.before.items()}
            archive.mentions.append({"table": of.table.name, "key": key, "texts": texts})
    return archive


async def write(archive: Archive, tenant: UUID, store: Store, path: Path, at: Any) -> None:
    """Write the archive: ``index.html`` to read, ``data.json`` to reuse, and the files."""
    page = archive_page(archive, at)
    await asyncio.to_thread(_write, archive, tenant, store, path, page, at)


def _write(archive: Archive, tenant: UUID, store: Store, path: Path, page: str, at: Any) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("index.html", page)
        made.writestr("data.json", orjson.dumps(_data(archive, at), option=orjson.OPT_INDENT_2))
        for number, file in enumerate(archive.files, 1):
            # What is being removed may be gone already.
            with suppress(FileNotFoundError), store.read(Kept(tenant, file.sha256)) as bytes_:
                made.write(bytes_, f"files/{number:03}-{file.filename}")


def _data(archive: Archive, at: Any) -> dict[str, Any]:
    return {
        "person": archive.name,
        "at": plain(at),
        "held": [
            {
                "table": chapter.table,
                "title": chapter.title,
                "rows": [
                    {name: plain(value) for name, value in row.items()} for row in chapter.rows
                ],
            }
            for chapter in archive.chapters
        ],
        "mentions": archive.mentions,
        "history": archive.history,
        "files": [file.filename for file in archive.files],
    }


def _chapter(data: PersonalData, rows: Sequence[Any], language: str) -> Chapter:
    return Chapter(
        data.model.__table__.name,
        data.title.of(language),
        {name: said.of(language) for name, said in data.shows.items()},
        [{name: row._mapping[name] for name in data.shows} for row in rows],
    )


async def _history(
    session: TenantSession, data: PersonalData, subject: Subject
) -> list[dict[str, Any]]:
    """What the audit log has of the rows, the oldest first."""
    key = key_of(data.model.__table__)
    if key is None or not getattr(data.model, "__audited__", False):
        return []
    rows = await session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.row_type == data.model.__table__.name,
            AuditEntry.row_id.in_(select(key).select_from(data.model).where(data.where(subject))),
        )
        .order_by(AuditEntry.at, AuditEntry.id)
    )
    return [
        {"at": plain(row.at), "table": row.row_type, "action": row.action, "changes": row.changes}
        for row in rows
    ]


def _short(value: Any) -> Any:
    return value[:MOST_SHOWN] if isinstance(value, str) else value
