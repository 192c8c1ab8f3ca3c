"""Starting an export, and reading what it holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from core.custom_fields.models import CustomField
from core.custom_fields.rules import KINDS, NUMBERS, FieldType
from core.exporting import rules
from core.jobs.models import Job
from core.jobs.services import start_job
from core.kit.arguments import Args, Parameters
from core.kit.errors import Forbidden, Refused
from core.kit.keys import sort_key
from core.kit.session import TenantSession
from core.kit.sheets import Column, Kind, Sheet
from core.kit.sql import value_beside

KIND = "core.export"
#: So many rows are read and written at a time.
AT_ONCE = 1000
_KINDS = {
    FieldType.DATE: Kind.DATE,
    FieldType.DATETIME: Kind.INSTANT,
    **dict.fromkeys(NUMBERS, Kind.NUMBER),
}


async def start_export(
    session: TenantSession, sheet: Sheet, given: dict[str, Any], permissions: Collection[str]
) -> Job:
    """Have the rows of *sheet* that *given* asks for written to a file."""
    if given.get("language") not in (None, "fr", "en"):
        message = f"'{given['language'][:20]}' is no language of headers: those are fr and en."
        raise Refused("UNKNOWN_LANGUAGE", message, "language")
    custom = await custom_columns(session, sheet)
    known = permitted(sheet, given.get("columns"), permissions)
    keys = rules.columns(given.get("columns"), known, [c.key for c in custom])
    asked = {key: value for key, value in given.items() if value is not None}
    arguments = rules.packed({**asked, "sheet": sheet.name, "columns": keys})
    job = await start_job(session, KIND, arguments)
    session.record(job, {"export": [None, arguments]})
    return job


def permitted(
    sheet: Sheet, asked: Collection[str] | None, permissions: Collection[str]
) -> list[str]:
    """The columns that somebody with *permissions* may have; who asks for another is told."""
    for column in sheet.columns:
        if column.requires not in (None, *permissions) and column.key in (asked or ()):
            raise Forbidden(str(column.requires))
    return [c.key for c in sheet.columns if c.requires in (None, *permissions)]


async def custom_columns(session: TenantSession, sheet: Sheet) -> list[Column]:
    """The custom fields that rows of *sheet* may have, one column for each key."""
    if sheet.custom is None:
        return []
    fields = await session.scalars(
        select(CustomField)
        .where(CustomField.target == sheet.custom_of, CustomField.archived_at.is_(None))
        .order_by(CustomField.scope_id, CustomField.position)
    )
    found: dict[str, Column] = {}
    taken = {sort_key(header) for column in sheet.columns for header in column.headers}
    for field in fields:
        if not KINDS[FieldType(field.type)].columns:
            continue  # a text that is shown: there is no value
        kind = _KINDS.get(FieldType(field.type), Kind.TEXT)
        if field.key in found and found[field.key].kind is not kind:
            kind = Kind.TEXT
        label = field.label
        if field.key in found:
            label = found[field.key].french
        elif sort_key(label) in taken:  # an import would take it for another column
            label = rules.CUSTOM + field.key
        taken.add(sort_key(label))
        found[field.key] = Column(field.key, label, label, None, kind)
    return list(found.values())


#: The kinds whose values nobody has to look at.
_AS_THEY_ARE = frozenset({Kind.TEXT, Kind.BOOLEAN})


@dataclass(frozen=True)
class Lines:
    """The rows of an export, as a statement and what makes a line of each."""

    statement: Select[Any]
    total: Select[Any]
    parameters: dict[str, Any]
    columns: Sequence[Column]
    #: For each column, its key if it is a custom field.
    custom: Sequence[str | None]

    async def pieces(self, session: TenantSession) -> AsyncIterator[Sequence[Any]]:
        """The rows, a few at a time, all as they were when the first was read."""
        connection = await session.connection()
        streamed = await connection.stream(
            self.statement.execution_options(yield_per=AT_ONCE), self.parameters
        )
        async for piece in streamed.partitions(AT_ONCE):
            yield piece

    def made(self, rows: Sequence[Any], zone: ZoneInfo | None) -> list[list[Any]]:
        """Lines of *rows*, with instants on the clocks of *zone* (None: as they are)."""
        cells = [
            (at, key, None if column.kind in _AS_THEY_ARE else column)
            for at, (column, key) in enumerate(zip(self.columns, self.custom, strict=True))
        ]
        made = []
        for row in map(tuple, rows):
            line = []
            for at, key, column in cells:
                value = (row[-1] or {}).get(key) if key else row[at]
                if column is not None and value is not None:
                    value = _shown(column, value, zone)
                line.append(value)
            made.append(line)
        return made


async def lines_of(session: TenantSession, sheet: Sheet, args: Args, keys: Sequence[str]) -> Lines:
    parameters = Parameters()
    rows = sheet.relation().rows(None, args, parameters.constant(args))
    own = {column.key: column for column in sheet.columns}
    custom = {c.key: c for c in await custom_columns(session, sheet)}
    shown = [(key, key.removeprefix(rules.CUSTOM)) for key in keys]
    shown = [(key, name) for key, name in shown if key in own or name in custom]
    cells = [
        value_beside(_core(own[key].read if key in own else sheet.model.id), rows.table)
        for key, _ in shown
    ]
    if any(key not in own for key, _ in shown):
        cells.append(value_beside(sheet.custom, rows.table))
    labelled = [cell.label(f"c{at}_") for at, cell in enumerate(cells)]
    return Lines(
        rows.select(labelled),
        rows.total,
        {**parameters.values, "tenant": session.tenant_id},
        [own[key] if key in own else custom[name] for key, name in shown],
        [None if key in own else name for key, name in shown],
    )


def _core(expression: Any) -> Any:
    return getattr(expression, "__clause_element__", lambda: expression)()


def _shown(column: Column, value: Any, zone: ZoneInfo | None) -> Any:
    if column.kind is Kind.INSTANT and isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value if zone is None else value.astimezone(zone).replace(tzinfo=None)
    if column.kind is Kind.DATE and isinstance(value, str):
        return date.fromisoformat(value)
    if column.kind is Kind.NUMBER and isinstance(value, str):
        return Decimal(value)
    return value
