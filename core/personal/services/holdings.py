"""All that is held on a person, of whichever module: found, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Table, Text, bindparam, false, func, select

from core.files.models import File
from core.kit.keys import sort_key
from core.kit.modules import Modules
from core.kit.personal import PersonalData, Said, Subject, Treatment
from core.kit.session import TenantSession
from core.kit.tables import AuditEntry
from core.personal.texts import AUDIT, Texts, kept, texts

NAMED = Said("Textes qui nomment la personne", "Texts that name the person")
NAMED_WHY = Said(
    "Le nom devient un pseudonyme; les adresses et les numéros sont ôtés.",
    "The name becomes a pseudonym; addresses and numbers are taken out.",
)
LOGGED = Said("Journal des modifications", "Audit log")
LOGGED_WHY = Said(
    "Qui a modifié quoi et quand reste; les valeurs avant et après sont effacées.",
    "Who changed what and when stays; the values before and after are erased.",
)
FILES = Said("Fichiers", "Files")
FILES_WHY = Said(
    "Effacés du disque; ceux qu'autre chose retient restent.",
    "Removed from the disk; those that something else holds on to stay.",
)


@dataclass(frozen=True)
class Section:
    """What is held in one table, and what becomes of it."""

    table: str
    title: Said
    treatment: Treatment
    why: Said
    rows: int
    #: Of texts that name somebody: the columns they are in.
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mention:
    """A row whose texts name the person: what they say, and would say without."""

    of: Texts
    key: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any] = field(repr=False)


async def preview(session: TenantSession, modules: Modules, subject: Subject) -> list[Section]:
    """What an erasure would do; nothing is written."""
    held = modules.personal_data
    found = [section(data, await count(session, data, subject)) for data in held]
    found.append(of_files(await _removed(session, held, subject)))
    async for of, mentions in mentioned(session, held, subject, apart=True):
        found.append(named(of, mentions))
    return [section for section in found if section.rows]


async def count(session: TenantSession, data: PersonalData, subject: Subject) -> int:
    rows = select(func.count()).select_from(data.model).where(data.where(subject))
    return await session.scalar(rows) or 0


async def shown(
    session: TenantSession, data: PersonalData, subject: Subject, *more: str
) -> list[Any]:
    """The rows of *data* with the columns that the person is told, and those named besides."""
    table = data.model.__table__
    columns = [
        data.reads[name].label(name) if name in data.reads else table.c[name]
        for name in (*data.shows, *more)
    ]
    rows = select(*columns).select_from(data.model).where(data.where(subject))
    return list(await session.execute(_own(session, rows, table)))


async def mentioned(
    session: TenantSession, held: Sequence[PersonalData], subject: Subject, *, apart: bool = False
) -> AsyncIterator[tuple[Texts, list[Mention]]]:
    """Table by table, the rows whose texts name the person.

    With *apart*, without those that are about the person, which an erasure has treated before.
    """
    if not subject.mentions:
        return
    for of in await _there(session, texts(held)):
        keys = [c for c in of.table.primary_key if c.name != "tenant_id"]
        rows = select(*keys, *of.columns).where(subject.mentions.among(*of.columns))
        for data in held if apart else ():
            if data.model.__table__ is of.table and data.treatment is not Treatment.KEPT:
                rows = rows.where(~func.coalesce(data.where(subject), false()))
        found = []
        for row in await session.execute(_own(session, rows, of.table)):
            values = dict(zip((c.name for c in (*keys, *of.columns)), row, strict=True))
            after = _without(of, values, subject)
            if after:
                key = {c.name: values[c.name] for c in keys}
                found.append(Mention(of, key, {name: values[name] for name in after}, after))
        if found:
            yield of, found


async def logged(
    session: TenantSession, held: Sequence[PersonalData], subject: Subject
) -> dict[Any, dict[str, Any]]:
    """The entries of the audit log that name the person, and what they would say without."""
    if not subject.mentions:
        return {}
    rows = await session.execute(
        select(AuditEntry.id, AuditEntry.row_type, AuditEntry.changes).where(
            subject.mentions.among(AuditEntry.changes)
        )
    )
    found = {}
    for key, table, changes in rows:
        left = kept(held, table)
        after = {
            name: value if name in left else subject.mentions.replaced(value)
            for name, value in changes.items()
        }
        if after != changes:
            found[key] = after
    return found


async def once_about(session: TenantSession, subject: Subject) -> dict[str, list[UUID]]:
    """What the audit log knows to have been about the person, by table: it may be gone since."""
    about = AuditEntry.changes["about"].astext
    rows = await session.execute(
        select(AuditEntry.row_type, AuditEntry.row_id)
        .where(about.contains(subject.identifier, autoescape=True))
        .distinct()
    )
    found: dict[str, list[UUID]] = {}
    for table, key in rows:
        found.setdefault(table, []).append(key)
    return found


async def files(session: TenantSession, data: PersonalData, subject: Subject) -> list[UUID]:
    """The files that rows hold on to, once for each row that does."""
    if data.file is None or data.treatment is Treatment.KEPT:
        return []
    column = data.model.__table__.c[data.file]
    rows = select(column).select_from(data.model).where(data.where(subject), column.is_not(None))
    return list(await session.scalars(rows))


async def _removed(session: TenantSession, held: Sequence[PersonalData], subject: Subject) -> int:
    """How many files nothing else holds on to."""
    own = Counter([key for data in held for key in await files(session, data, subject)])
    rows = await session.execute(select(File.id, File.claims).where(File.id.in_(own)))
    return sum(claims <= own[key] for key, claims in rows)


def of_files(rows: int) -> Section:
    return Section(File.__tablename__, FILES, Treatment.ERASED, FILES_WHY, rows)


def named(of: Texts, mentions: Sequence[Mention]) -> Section:
    columns = sorted({column for mention in mentions for column in mention.after})
    return Section(
        of.table.name, NAMED, Treatment.PSEUDONYMISED, NAMED_WHY, len(mentions), tuple(columns)
    )


def in_log(rows: int) -> Section:
    return Section(AUDIT, LOGGED, Treatment.PSEUDONYMISED, LOGGED_WHY, rows)


def section(data: PersonalData, rows: int) -> Section:
    table = data.model.__table__.name
    return Section(table, data.title, data.treatment, data.why, rows)


def _without(of: Texts, values: dict[str, Any], subject: Subject) -> dict[str, Any]:
    """The columns that name the person, without that."""
    found: dict[str, Any] = {}
    for column in of.columns:
        before = values[column.name]
        after = subject.mentions.replaced(before, clears=bool(column.nullable))
        if after != before:
            found[column.name] = after
    for name in [name for name in found if name.endswith("_key")]:
        text = found.get(name.removesuffix("_key"))
        found[name] = sort_key(text) if isinstance(text, str) else found[name]
    return found


async def _there(session: TenantSession, wanted: Sequence[Texts]) -> list[Texts]:
    """Those whose tables are in this database: a package may be installed and not migrated."""
    given = bindparam("names", [each.table.name for each in wanted], ARRAY(Text))
    name = func.unnest(given).column_valued("name")
    there = set(await session.scalars(select(name).where(func.to_regclass(name).is_not(None))))
    return [each for each in wanted if each.table.name in there]


def _own(session: TenantSession, rows: Select[Any], table: Table) -> Select[Any]:
    return rows.where(table.c.tenant_id == session.tenant_id)
