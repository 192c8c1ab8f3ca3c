"""Exporting notes, opportunities and suspensions."""

from __future__ import annotations

import strawberry

from core.exporting.schema import ExportInput, ExportPayload, begin
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.mutations import mutation
from core.kit.session import TenantSession
from core.roots import Mutation
from plugins.crm.schema.notes import NOTE_ORDERS, NoteFilter
from plugins.crm.schema.opportunities import OPPORTUNITY_ORDERS, OpportunityFilter
from plugins.crm.schema.suspensions import SUSPENSION_ORDERS, SuspensionFilter


@strawberry.input
class NotesExportInput(ExportInput):
    where: NoteFilter | None = None
    order_by: list[NOTE_ORDERS.enum] | None = None  # type: ignore[name-defined]


@extend(requires="crm.read")
class NotesExport(Mutation):
    @mutation
    async def notes_export(
        info: Info, session: TenantSession, input: NotesExportInput
    ) -> ExportPayload:
        """Write notes to a file, by a job: those that the list of the same arguments shows.

        Refuses: `UNKNOWN_COLUMN`, `DUPLICATE_COLUMN`, `COLUMNS_REQUIRED`, `UNKNOWN_LANGUAGE`,
        `INVALID_ID`, `TOO_MANY_JOBS`, `NOT_FOUND`, `OTHER_LIST`,
        `VIEW_COLUMN_NOT_EXPORTED`, `ARGUMENTS_INVALID`, `INVALID_ADDRESS`, `DOMAIN_NOT_ALLOWED`.
        """
        return await begin(info, session, "notes")


@strawberry.input
class OpportunitiesExportInput(ExportInput):
    where: OpportunityFilter | None = None
    order_by: list[OPPORTUNITY_ORDERS.enum] | None = None  # type: ignore[name-defined]


@extend(requires="crm.read")
class OpportunitiesExport(Mutation):
    @mutation
    async def opportunities_export(
        info: Info, session: TenantSession, input: OpportunitiesExportInput
    ) -> ExportPayload:
        """Write opportunities to a file, by a job: those that the list of the same arguments shows.

        Refuses: `UNKNOWN_COLUMN`, `DUPLICATE_COLUMN`, `COLUMNS_REQUIRED`, `UNKNOWN_LANGUAGE`,
        `INVALID_ID`, `TOO_MANY_JOBS`, `NOT_FOUND`, `OTHER_LIST`,
        `VIEW_COLUMN_NOT_EXPORTED`, `ARGUMENTS_INVALID`, `INVALID_ADDRESS`, `DOMAIN_NOT_ALLOWED`.
        """
        return await begin(info, session, "opportunities")


@strawberry.input
class SuspensionsExportInput(ExportInput):
    where: SuspensionFilter | None = None
    order_by: list[SUSPENSION_ORDERS.enum] | None = None  # type: ignore[name-defined]


@extend(requires="crm.read")
class SuspensionsExport(Mutation):
    @mutation
    async def suspensions_export(
        info: Info, session: TenantSession, input: SuspensionsExportInput
    ) -> ExportPayload:
        """Write suspensions to a file, by a job: those that the list of the same arguments shows.

        Refuses: `UNKNOWN_COLUMN`, `DUPLICATE_COLUMN`, `COLUMNS_REQUIRED`, `UNKNOWN_LANGUAGE`,
        `INVALID_ID`, `TOO_MANY_JOBS`, `NOT_FOUND`, `OTHER_LIST`,
        `VIEW_COLUMN_NOT_EXPORTED`, `ARGUMENTS_INVALID`, `INVALID_ADDRESS`, `DOMAIN_NOT_ALLOWED`.
        """
        return await begin(info, session, "suspensions")
