"""An erasure: each module's rows are treated as it says, then every text that is left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, func, select, update

from core.files.events import FileRemoved
from core.files.models import File
from core.kit.modules import Modules
from core.kit.personal import PersonalData, Subject, Treatment
from core.kit.session import TenantSession
from core.kit.sql import key_of
from core.personal.services import holdings
from core.personal.services.holdings import Mention, Section
from core.personal.services.log import blank, rewrite

_QUIETLY = {"synchronize_session": False}


async def erase(session: TenantSession, modules: Modules, subject: Subject) -> list[Section]:
    """Let nothing be known of the person any more; what was done, table by table."""
    held = modules.personal_data
    done, logged, files = [], 0, []
    for data in held:
        keys = await _keys(session, data, subject)
        files += await holdings.files(session, data, subject)
        done.append(holdings.section(data, await _treat(session, data, subject)))
        if data.treatment is not Treatment.KEPT:
            logged += await blank(session, data.model.__table__.name, keys)
    logged += await blank(session, subject.table, [subject.key])
    for table, keys in (await holdings.once_about(session, subject)).items():
        logged += await blank(session, table, keys)
    removed = await _let_go(session, files)
    logged += await blank(session, File.__tablename__, removed)
    done.append(holdings.of_files(len(removed)))
    async for of, mentions in holdings.mentioned(session, held, subject):
        await _replace(session, of.table, mentions)
        done.append(holdings.named(of, mentions))
    for key, changes in (await holdings.logged(session, held, subject)).items():
        await rewrite(session, key, changes)
        logged += 1
    done.append(holdings.in_log(logged))
    return [section for section in done if section.rows]


async def _keys(session: TenantSession, data: PersonalData, subject: Subject) -> list[UUID]:
    """The ids under which the audit log knows the rows."""
    key = key_of(data.model.__table__)
    if key is None or not getattr(data.model, "__audited__", False):
        return []
    rows = select(key).select_from(data.model).where(data.where(subject))
    return list(await session.scalars(rows))


async def _treat(session: TenantSession, data: PersonalData, subject: Subject) -> int:
    if data.treatment is Treatment.KEPT:
        return await holdings.count(session, data, subject)
    if data.erase is not None:
        return await data.erase(session, subject)
    if data.treatment is Treatment.ERASED:
        statement: Any = delete(data.model).where(data.where(subject))
    else:
        assert data.becomes is not None, f"{data.model.__name__} says not what its rows become."
        values = data.becomes(subject)
        if "version" in data.model.__table__.c:
            values["version"] = data.model.version + 1  # who edits it has seen too much
        statement = update(data.model).where(data.where(subject)).values(values)
    result: Any = await session.execute(statement, execution_options=_QUIETLY)
    return int(result.rowcount)


async def _replace(session: TenantSession, table: Table, mentions: Sequence[Mention]) -> None:
    for mention in mentions:
        own = [table.c[name] == value for name, value in mention.key.items()]
        values = dict(mention.after)
        if "version" in table.c:
            values["version"] = table.c.version + 1
        await session.execute(
            update(table).where(table.c.tenant_id == session.tenant_id, *own).values(values)
        )


async def _let_go(session: TenantSession, files: Collection[UUID]) -> list[UUID]:
    """Release files, and remove those that nothing holds on to any more."""
    removed = []
    for key in sorted(set(files)):
        claims = sum(each == key for each in files)
        row = await session.execute(
            update(File)
            .where(File.id == key)
            .values(claims=func.greatest(File.claims - claims, 0))
            .returning(File.claims, File.sha256),
            execution_options=_QUIETLY,
        )
        left, sha256 = row.one()
        if left == 0:
            await session.execute(delete(File).where(File.id == key), execution_options=_QUIETLY)
            await session.tell(FileRemoved(sha256))
            removed.append(key)
    return removed
