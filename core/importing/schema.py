"""Imports in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
import strawberry
from sqlalchemy import Text, cast, func, select

from core.files.schema import File
from core.importing.models import ImportBatch as BatchRow
from core.importing.models import ImportedRow as RowRow
from core.importing.rules.states import ImportState
from core.importing.services.sheets import importable, importer
from core.jobs.schema import Job
from core.kit.connections import Connection, FacetedConnection
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import Node, by_id, everything, many, one, value
from core.kit.filters import EnumFilter, Filter, TextFilter, matching
from core.kit.importing import Outcome
from core.kit.sources import Record
from core.roots import Query
from core.tenancy.models import User as UserRow

strawberry.enum(
    ImportState,
    description="`READING`, `CHECKING`, `APPLYING`, `UNDOING`: a job is at it. `UNREADABLE`: see "
    "`problem`. `READ`: say what the columns mean, and check. `CHECKED`: see what would happen, "
    "and apply. `APPLIED`, `UNDONE`: as it says. `STOPPED`: applied, or undone, in part; do "
    "either to go on. `CLOSED`: nobody has touched it for 90 days, and its rows are gone.",
)
strawberry.enum(
    Outcome,
    name="ImportOutcome",
    description="`CREATED`, `CHANGED`: what the row does, or would do. `UNCHANGED`: all of it is "
    "there already. `REFUSED`: see its `problems`; nothing of it is written.",
)


@strawberry.type(description="What is to be said of a row, or of a whole file.")
class ImportRemark:
    code: str
    field: str | None = strawberry.field(description="The key of the column it is about.")
    message: str


@strawberry.type(description="A field that a row changes. The texts are as people read them.")
class ImportChange:
    field: str = strawberry.field(description="The key of the column.")
    before: str | None
    after: str | None


@strawberry.type(description="What a column of a file may mean.")
class ImportField:
    key: str = strawberry.field(description="The same as in exports, in every language.")
    french: str
    english: str
    headers: list[str] = strawberry.field(description="All that are understood, whatever the case.")


@strawberry.type(description="A column of the file.")
class ImportColumn:
    header: str
    field: str | None = strawberry.field(description="The key of what it means; null: left out.")


@strawberry.type(description="How many rows came to what.")
class ImportCounts:
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    written: int = strawberry.field(default=0, description="Of those created or changed.")
    undone: int = strawberry.field(default=0, description="Of those written.")
    kept: int = strawberry.field(default=0, description="Of those written: undoing left them.")


def _json(root: Record, column: Any) -> Any:
    text = root.value_of(column)
    return None if text is None else orjson.loads(text)


def _columns(root: ImportBatch) -> list[ImportColumn]:
    mapping = root.value_of(BatchRow.mapping)
    return [
        ImportColumn(header=header, field=key or None)
        for header, key in zip(root.value_of(BatchRow.headers), mapping, strict=True)
    ]


def _counts(root: ImportBatch) -> ImportCounts:
    found = _json(root, BatchRow.counts) or {}
    return ImportCounts(**{name.lower(): number for name, number in found.items()})


def _problem(root: ImportBatch) -> ImportRemark | None:
    found = _json(root, BatchRow.problem)
    return found and ImportRemark(code=found["code"], field=None, message=found["message"])


def _remarks(root: Record, column: Any) -> list[ImportRemark]:
    return [ImportRemark(**remark) for remark in _json(root, column) or ()]


def _problems(root: ImportRow) -> list[ImportRemark]:
    return _remarks(root, RowRow.problems)


def _notes(root: ImportRow) -> list[ImportRemark]:
    return _remarks(root, RowRow.notes)


def _kept(root: ImportRow) -> ImportRemark | None:
    found = _json(root, RowRow.kept)
    return found and ImportRemark(**found)


def _changes(root: ImportRow) -> list[ImportChange]:
    found = _json(root, RowRow.changes) or ()
    return [ImportChange(field=key, before=before, after=after) for key, before, after in found]


def _cells(root: ImportRow) -> list[str]:
    found: list[str] = _json(root, RowRow.cells)
    return found


_target = (
    select(
        func.concat(BatchRow.target, "_", func.replace(cast(RowRow.target_id, Text), "-", ""))
    )
    .where(BatchRow.id == RowRow.batch_id, RowRow.written_at.is_not(None))
)  # fmt: skip


@strawberry.type(description="A row of a file, and what becomes of it.")
class ImportRow(Record, table=RowRow, requires="imports.read"):
    number: int = strawberry.field(description="As a spreadsheet program counts.")
    outcome: Outcome | None = strawberry.field(description="Null until it is checked.")
    reference: str | None = strawberry.field(description="What says which contact, or who, it is.")
    cells: list[str] = strawberry.field(resolver=_cells, description="As they were read.")
    changes: list[ImportChange] = strawberry.field(resolver=_changes)
    problems: list[ImportRemark] = strawberry.field(
        resolver=_problems, description="Why it is refused: all reasons at once."
    )
    notes: list[ImportRemark] = strawberry.field(
        resolver=_notes, description="What else there is to know; it keeps nothing from happening."
    )
    target_id: strawberry.ID | None = value(
        _target, "The contact, or whatever it is, that was written."
    )
    written_at: datetime | None
    undone_at: datetime | None
    kept: ImportRemark | None = strawberry.field(
        resolver=_kept, description="Why undoing the import has left it."
    )


@strawberry.input(description="Which rows. All that is given must hold.")
class ImportRowFilter(Filter):
    outcome: EnumFilter[Outcome] | None = matching(RowRow.outcome)
    reference: TextFilter | None = matching(RowRow.reference)


@strawberry.type(description="A file that somebody imports.")
class ImportBatch(Node, table=BatchRow, requires="imports.read"):
    sheet: str = strawberry.field(description="What its rows are: `contacts`, `persons` …")
    state: ImportState
    version: int
    file: File = one(BatchRow.file_id, description="As it was sent.")
    job: Job | None = one(BatchRow.job_id, description="What is, or was last, at work with it.")
    worksheet: str | None = strawberry.field(description="The one that was read; null of CSV.")
    worksheets: list[str] = strawberry.field(description="All that the workbook has.")
    hidden_worksheets: list[str]
    header_row: int | None = strawberry.field(description="As a spreadsheet program counts.")
    columns: list[ImportColumn] = strawberry.field(
        resolver=_columns,
        description="What its headers mean: as the last time that a file had the same, or by "
        "their words, until `importCheck` says otherwise.",
    )
    clear_word: str = strawberry.field(description="A cell with it clears the field.")
    row_count: int = strawberry.field(description="Rows below the headers that aren't blank.")
    counts: ImportCounts = strawberry.field(resolver=_counts)
    problem: ImportRemark | None = strawberry.field(
        resolver=_problem, description="Why the file can't be read."
    )
    created_at: datetime
    created_by: str | None = value(
        select(UserRow.name).where(UserRow.id == BatchRow.created_by),
        "The name of the user; null if it was a partner's program.",
    )
    checked_at: datetime | None
    applied_at: datetime | None
    undone_at: datetime | None
    rows: FacetedConnection[ImportRow] = many(
        RowRow.batch_id,
        order_by=[RowRow.number],
        filters=ImportRowFilter,
        facets={"outcome": RowRow.outcome},
        description="In the order of the file.",
    )


@strawberry.input(description="Which imports. All that is given must hold.")
class ImportBatchFilter(Filter):
    state: EnumFilter[ImportState] | None = matching(BatchRow.state)
    sheet: TextFilter | None = matching(BatchRow.sheet)


def _modules(info: Info) -> Any:
    schema: Any = info.schema
    return schema.modules


async def _fields(info: Info, sheet: str) -> list[ImportField]:
    found = importer(_modules(info), sheet, info.context.permissions)
    info.context.demand(found.parts[0][0].requires)
    async with info.context.session() as session:
        columns = await found.columns(session)
    return [
        ImportField(key=c.key, french=c.french, english=c.english, headers=c.headers)
        for c in columns
        if c.imported
    ]


def _sheets(info: Info) -> list[str]:
    may = info.context.permissions
    return [
        name
        for name, sheet in importable(_modules(info)).items()
        if sheet.importing is not None and sheet.importing.requires in may
    ]


@extend(requires="imports.read")
class ImportQueries(Query):
    import_batch: ImportBatch = by_id(
        BatchRow, "An import. Unknown ids are an error: `NOT_FOUND`."
    )  # fmt: skip
    import_batches: Connection[ImportBatch] = everything(
        BatchRow,
        order_by=[BatchRow.created_at.desc()],
        filters=ImportBatchFilter,
        description="All imports, the last first.",
    )
    import_sheets: list[str] = strawberry.field(
        resolver=_sheets, description="What the caller may import."
    )
    import_fields: list[ImportField] = strawberry.field(
        resolver=_fields,
        description="What the columns of a file of that sheet may mean, custom fields last.",
    )
