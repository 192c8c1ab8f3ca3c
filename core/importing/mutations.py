"""What can be done with imports."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry
from sqlalchemy import select

from core.importing import services
from core.importing.models import ImportBatch as BatchRow
from core.importing.schema import ImportBatch
from core.importing.services import batches
from core.importing.services.sheets import importer, importer_of
from core.jobs.schema import Job
from core.kit.context import Info
from core.kit.errors import Refused
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.ids import global_id
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from core.tenancy.models import Tenant


@strawberry.input
class ImportCreateInput:
    file_id: strawberry.ID = strawberry.field(
        description="Of a file that was sent: XLSX, XLS, ODS or CSV, 100 MB at most."
    )
    sheet: str = strawberry.field(description="What its rows are: one of `importSheets`.")
    clear_word: str | None = strawberry.field(
        default=None, description="A cell with it clears the field: `#EMPTY` if it isn't said."
    )
    worksheet: str | None = strawberry.field(
        default=None,
        description="The sheet of the workbook; else the first that shows and isn't empty.",
    )
    header_row: int | None = strawberry.field(
        default=None, description="Where the headers are; else it is found in the first 20 rows."
    )


@strawberry.input
class ImportCheckInput:
    id: strawberry.ID
    version: int | None = None
    columns: list[str | None] | None = strawberry.field(
        default=None,
        description="For each column of the file, in its order, the key of what it means; null "
        "leaves it out. Without this, as the import's `columns` say.",
    )
    clear_word: str | None = None


@strawberry.input
class ImportApplyInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class ImportUndoInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class ImportDeleteInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.enum(description="What kind of file a report is.")
class ReportFormat(Enum):
    XLSX = "XLSX"
    CSV = "CSV"


@strawberry.input
class ImportReportInput:
    id: strawberry.ID
    format: ReportFormat = ReportFormat.XLSX
    language: str | None = strawberry.field(
        default=None, description="Of the added headers: `fr` or `en`. Else the tenant's."
    )


@strawberry.type
class ImportPayload(Payload):
    import_batch: ImportBatch | None = written()


@strawberry.type
class ImportReportPayload(Payload):
    job: Job | None = written()


def _deleted_id(root: strawberry.Parent[Payload]) -> strawberry.ID | None:
    return strawberry.ID(global_id("import_batch", root.key)) if root.key else None


@strawberry.type
class ImportDeletePayload(Payload):
    deleted_id: strawberry.ID | None = strawberry.field(
        resolver=_deleted_id, description="The import that is no more."
    )


def _modules(info: Info) -> Any:
    schema: Any = info.schema
    return schema.modules


async def _own(info: Info, session: TenantSession, input_: Any) -> BatchRow:
    """The batch, if the caller may import all that its columns mean."""
    key = values(input_, id="import_batch")["id"]
    batch = await batches.own(session, key, getattr(input_, "version", None))
    parts = await importer_of(_modules(info), batch.sheet, batch.parts).used(session, batch.mapping)
    info.context.demand(*(part.requires for part in parts))
    return batch


@extend(requires="imports.write")
class ImportMutations(Mutation):
    @mutation
    async def import_create(
        info: Info, session: TenantSession, input: ImportCreateInput
    ) -> ImportPayload:
        """Have a file read by a job: then it is `READ`, or `UNREADABLE` and says why.

        Needs the permission to write what is imported. Refuses: `UNKNOWN_SHEET`, `NOT_FOUND`,
        `INVALID_ID`, `NOT_A_SPREADSHEET`, `INVALID_HEADER_ROW`, `TEXT_REQUIRED`, `TOO_LONG`,
        `INVALID_CHARACTERS`, `TOO_MANY_JOBS`.
        """
        given = values(input, file_id="file")
        found = importer(_modules(info), given.pop("sheet"), info.context.permissions)
        info.context.demand(found.parts[0][0].requires)
        return ImportPayload.of(
            await services.create_import(session, found, given.pop("file_id"), **given)
        )

    @mutation
    async def import_check(
        info: Info, session: TenantSession, input: ImportCheckInput
    ) -> ImportPayload:
        """Say what each row would do, by a job; nothing is written. Also again, with other columns.

        Refuses: `WRONG_STATE`, `MAPPING_INCOMPLETE`, `UNKNOWN_COLUMN`, `DUPLICATE_COLUMN`,
        `NOTHING_MAPPED`, `TEXT_REQUIRED`, `TOO_LONG`, `INVALID_CHARACTERS`, `NOT_FOUND`,
        `INVALID_ID`, `STALE_VERSION`, `TOO_MANY_JOBS`.
        """
        batch = await _own(info, session, input)
        return ImportPayload.of(
            await services.check_import(
                session, batch, _modules(info), input.columns, input.clear_word
            )
        )

    @mutation
    async def import_apply(
        info: Info, session: TenantSession, input: ImportApplyInput
    ) -> ImportPayload:
        """Write what the check has shown, by a job that can be paused and cancelled.

        A row that would do something else by now is refused. Refuses: `WRONG_STATE`,
        `NOTHING_TO_DO`, `NOT_FOUND`, `INVALID_ID`, `STALE_VERSION`, `TOO_MANY_JOBS`.
        """
        batch = await _own(info, session, input)
        return ImportPayload.of(await services.apply_import(session, batch))

    @mutation
    async def import_undo(
        info: Info, session: TenantSession, input: ImportUndoInput
    ) -> ImportPayload:
        """Take back what was written, by a job; what somebody has changed since stays.

        Refuses: `WRONG_STATE`, `NOTHING_TO_DO`, `NOT_FOUND`, `INVALID_ID`, `STALE_VERSION`,
        `TOO_MANY_JOBS`.
        """
        batch = await _own(info, session, input)
        return ImportPayload.of(await services.undo_import(session, batch))

    @mutation
    async def import_delete(
        info: Info, session: TenantSession, input: ImportDeleteInput
    ) -> ImportDeletePayload:
        """Forget an import that has written nothing.

        Refuses: `WRONG_STATE`, `NOT_FOUND`, `INVALID_ID`, `STALE_VERSION`.
        """
        batch = await _own(info, session, input)
        return ImportDeletePayload(key=await services.delete_import(session, batch))


@extend(requires="imports.read")
class ImportReports(Mutation):
    @mutation
    async def import_report(
        info: Info, session: TenantSession, input: ImportReportInput
    ) -> ImportReportPayload:
        """Have the refused rows written to a file, by a job, each with its reasons.

        Corrected, the file can be imported: it has the same columns. Refuses: `WRONG_STATE`,
        `NOTHING_TO_DO`, `UNKNOWN_LANGUAGE`, `NOT_FOUND`, `INVALID_ID`, `TOO_MANY_JOBS`.
        """
        batch = await batches.own(session, values(input, id="import_batch")["id"], None)
        language = input.language or await session.scalar(
            select(Tenant.locale).where(Tenant.id == session.tenant_id)
        )
        if language not in ("fr", "en"):
            message = f"'{str(language)[:20]}' is no language of headers: those are fr and en."
            raise Refused("UNKNOWN_LANGUAGE", message, "language")
        return ImportReportPayload.of(
            await services.report_import(session, batch, input.format.value, language)
        )
