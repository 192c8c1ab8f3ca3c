"""Exporting contacts, mails and users."""

from __future__ import annotations

import strawberry

from core.contacts.schema import CONTACT_ORDERS, ContactFilter
from core.custom_fields.lists import CustomFieldOrder
from core.exporting.schema import ExportInput, ExportPayload, begin
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.mutations import mutation
from core.kit.session import TenantSession
from core.mail.schema.mails import MAIL_ORDERS, MailFilter
from core.roots import Mutation
from core.tenancy.schema import USER_ORDERS, UserFilter


@strawberry.input
class ContactsExportInput(ExportInput):
    where: ContactFilter | None = None
    search: str | None = None
    order_by: list[CONTACT_ORDERS.enum] | None = None  # type: ignore[name-defined]
    order_by_custom_field: CustomFieldOrder | None = None


@extend(requires="contacts.read")
class ContactsExport(Mutation):
    @mutation
    async def contacts_export(
        info: Info, session: TenantSession, input: ContactsExportInput
    ) -> ExportPayload:
        """Write contacts to a file, by a job: those that the list of the same arguments shows.

        Refuses: `UNKNOWN_COLUMN`, `DUPLICATE_COLUMN`, `COLUMNS_REQUIRED`, `UNKNOWN_LANGUAGE`,
        `INVALID_ID`, `TOO_MANY_JOBS`, `NOT_FOUND`, `OTHER_LIST`,
        `VIEW_COLUMN_NOT_EXPORTED`, `ARGUMENTS_INVALID`, `INVALID_ADDRESS`, `DOMAIN_NOT_ALLOWED`.
        """
        return await begin(info, session, "contacts")


@strawberry.input
class MailsExportInput(ExportInput):
    where: MailFilter | None = None
    order_by: list[MAIL_ORDERS.enum] | None = None  # type: ignore[name-defined]


@extend(requires="mail.read")
class MailsExport(Mutation):
    @mutation
    async def mails_export(
        info: Info, session: TenantSession, input: MailsExportInput
    ) -> ExportPayload:
        """Write mails to a file, by a job: those that the list of the same arguments shows.

        Refuses: `UNKNOWN_COLUMN`, `DUPLICATE_COLUMN`, `COLUMNS_REQUIRED`, `UNKNOWN_LANGUAGE`,
        `INVALID_ID`, `TOO_MANY_JOBS`, `NOT_FOUND`, `OTHER_LIST`,
        `VIEW_COLUMN_NOT_EXPORTED`, `ARGUMENTS_INVALID`, `INVALID_ADDRESS`, `DOMAIN_NOT_ALLOWED`.
        """
        return await begin(info, session, "mails")


@strawberry.input
class UsersExportInput(ExportInput):
    where: UserFilter | None = None
    order_by: list[USER_ORDERS.enum] | None = None  # type: ignore[name-defined]


@extend(requires="tenancy.read")
class UsersExport(Mutation):
    @mutation
    async def users_export(
        info: Info, session: TenantSession, input: UsersExportInput
    ) -> ExportPayload:
        """Write users to a file, by a job: those that the list of the same arguments shows.

        Refuses: `UNKNOWN_COLUMN`, `DUPLICATE_COLUMN`, `COLUMNS_REQUIRED`, `UNKNOWN_LANGUAGE`,
        `INVALID_ID`, `TOO_MANY_JOBS`, `NOT_FOUND`, `OTHER_LIST`,
        `VIEW_COLUMN_NOT_EXPORTED`, `ARGUMENTS_INVALID`, `INVALID_ADDRESS`, `DOMAIN_NOT_ALLOWED`.
        """
        return await begin(info, session, "users")
