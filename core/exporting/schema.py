"""How an export is asked for, whatever the list."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry
from graphql.execution.values import VariableValues

from core.exporting.sending import SEND, allowed_address
from core.exporting.services import start_export
from core.exporting.views import with_view
from core.jobs.schema import Job
from core.kit.arguments import Parameters, arguments
from core.kit.context import Info
from core.kit.fields import written
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.kit.sheets import Sheet


@strawberry.enum(description="What kind of file an export is.")
class ExportFormat(Enum):
    XLSX = "XLSX"
    CSV = "CSV"
    JSONL = strawberry.enum_value("JSONL", description="JSON Lines: an object per row.")


@strawberry.enum(description="What stands between the cells of a CSV file.")
class ExportSeparator(Enum):
    SEMICOLON = "SEMICOLON"
    COMMA = "COMMA"
    TAB = "TAB"


@strawberry.input
class ExportInput:
    format: ExportFormat = ExportFormat.XLSX
    columns: list[str] | None = strawberry.field(
        default=None,
        description="Their keys, in their order; `custom.` and the key for a custom field. "
        "Without it, all there are.",
    )
    separator: ExportSeparator = ExportSeparator.SEMICOLON
    byte_order_mark: bool = strawberry.field(
        default=True, description="Whether a CSV file begins with one, for Excel."
    )
    language: str | None = strawberry.field(
        default=None, description="Of the headers: `fr` or `en`. Without it, the tenant's."
    )
    view_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="A saved view of the list: its columns, filter, search and order, where "
        "nothing else is said.",
    )
    send_to: str | None = strawberry.field(
        default=None,
        description="An address of one of the tenant's `exportDomains`, which is sent a link that "
        "opens the file for two days. Needs `exports.send`.",
    )


@strawberry.type
class ExportPayload(Payload):
    job: Job | None = written()


async def begin(info: Info, session: TenantSession, name: str) -> ExportPayload:
    """Start the export of the sheet called *name* that the field's input asks for."""
    raw: Any = info._raw_info
    schema: Any = info.schema
    sheet = schema.modules.sheets[name]
    field = raw.parent_type.fields[raw.field_name]
    given = arguments(field, raw.field_nodes[0], VariableValues({}, raw.variable_values))["input"]
    await _check(info, sheet, given)
    if given.get("viewId") is not None:
        given = await with_view(info, session, sheet, given)
        await _check(info, sheet, given)
    if given.get("sendTo") is not None:
        info.context.demand(SEND)
        given = {**given, "sendTo": await allowed_address(session, given["sendTo"])}
    job = await start_export(session, sheet, given, info.context.permissions)
    return ExportPayload.of(job)


async def _check(info: Info, sheet: Sheet, given: dict[str, Any]) -> None:
    """Ask the list, as far as that can be done without reading its rows."""
    relation = sheet.relation()
    info.context.demand(*relation.demands(given))
    if relation.is_checked(given):
        await relation.check(given, info.context)
    relation.rows(None, given, Parameters().constant(given))  # reads all that can be wrong
