"""What can be done with financial documents, payments and terms."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

from core.exporting.schema import ExportInput, ExportPayload, begin
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from plugins.finance.rules import DocumentKind, Line
from plugins.finance.schema import (
    DOCUMENT_ORDERS,
    FinancialDocument,
    FinancialDocumentFilter,
    Terms,
)
from plugins.finance.services import accounts, documents


@strawberry.input
class FinancialLineInput:
    description: str
    quantity: Decimal = strawberry.field(description="Up to 4 decimals.")
    unit_price: Decimal = strawberry.field(description="Excluding tax; up to 4 decimals.")
    tax_code: str = strawberry.field(description="One code has one rate within a document.")
    tax_rate: Decimal = strawberry.field(description="Percent.")
    discount: Decimal = strawberry.field(default=Decimal(0), description="Percent.")
    nominal_code: str | None = None


@strawberry.input
class FinancialDocumentCreateInput:
    contact_id: strawberry.ID
    kind: DocumentKind
    lines: list[FinancialLineInput] = strawberry.field(default_factory=list)
    reference: str | None = strawberry.UNSET
    description: str | None = strawberry.UNSET
    due_date: date | None = strawberry.UNSET


@strawberry.input
class FinancialDocumentUpdateInput:
    id: strawberry.ID
    version: int | None = None
    lines: list[FinancialLineInput] | None = strawberry.field(
        default=strawberry.UNSET, description="All lines, in order; null leaves them as they are."
    )
    reference: str | None = strawberry.UNSET
    description: str | None = strawberry.UNSET
    due_date: date | None = strawberry.UNSET


@strawberry.input
class FinancialDocumentIssueInput:
    id: strawberry.ID
    version: int | None = None
    issue_date: date | None = strawberry.field(
        default=None, description="Null: today, in the tenant's time zone."
    )


@strawberry.input
class FinancialDocumentMarkSentInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class FinancialDocumentRecordPaymentInput:
    id: strawberry.ID
    version: int | None = None
    amount: Decimal
    paid_on: date | None = strawberry.field(
        default=None, description="Null: today, in the tenant's time zone."
    )


@strawberry.input
class FinancialDocumentCancelInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class FinancialDocumentCreditInput:
    id: strawberry.ID
    reference: str | None = strawberry.field(default=None, description="Null: the invoice's.")


@strawberry.input
class TermsSetInput:
    contact_id: strawberry.ID
    version: int | None = None
    credit_limit: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Null: none. Zero: no credit."
    )
    payment_terms_days: int | None = strawberry.UNSET
    direct_debit: bool | None = strawberry.UNSET


@strawberry.type
class FinancialDocumentPayload(Payload):
    financial_document: FinancialDocument | None = written()


@strawberry.type
class TermsPayload(Payload):
    terms: Terms | None = written()


@extend(requires="finance.write")
class FinanceMutations(Mutation):
    @mutation
    async def financial_document_create(
        info: Info, session: TenantSession, input: FinancialDocumentCreateInput
    ) -> FinancialDocumentPayload:
        """Draft a document.

        Refuses: `NOT_FOUND`, `CONTACT_ARCHIVED`, `TOO_MANY_DECIMALS`, `AMOUNT_TOO_LARGE`,
        `PERCENT_OUT_OF_RANGE`, `TAX_RATE_DIFFERS`, `NEGATIVE_TOTAL`, `TEXT_MISSING`, `TOO_LONG`,
        `INVALID_CHARACTERS`.
        """
        given = _given(input, contact_id="contact")
        return FinancialDocumentPayload.of(await documents.create(session, **given))

    @mutation
    async def financial_document_update(
        info: Info, session: TenantSession, input: FinancialDocumentUpdateInput
    ) -> FinancialDocumentPayload:
        """Change a draft.

        Refuses, besides what `financialDocumentCreate` does: `STALE_VERSION`, `DOCUMENT_ISSUED`,
        `DOCUMENT_CANCELLED`.
        """
        given = _given(input, id="financial_document")
        key, version = given.pop("id"), given.pop("version")
        document = await documents.update(session, key, version, given)
        return FinancialDocumentPayload.of(document)

    @mutation
    async def financial_document_issue(
        info: Info, session: TenantSession, input: FinancialDocumentIssueInput
    ) -> FinancialDocumentPayload:
        """Make a draft final. An invoice or credit note then counts on the account.

        An invoice without a due date gets one by the contact's terms. A credit note is set off
        against what is still to pay of its invoice.

        Refuses: `NOT_FOUND`, `STALE_VERSION`, `DOCUMENT_ISSUED`, `DOCUMENT_CANCELLED`, `NO_LINES`,
        `DUE_BEFORE_ISSUE`, `CREDIT_EXCEEDS_INVOICE`.
        """
        key = values(input, id="financial_document")["id"]
        document = await accounts.issue(session, key, input.version, input.issue_date)
        return FinancialDocumentPayload.of(document)

    @mutation
    async def financial_document_mark_sent(
        info: Info, session: TenantSession, input: FinancialDocumentMarkSentInput
    ) -> FinancialDocumentPayload:
        """Say that an issued document has gone out. Saying so again changes nothing.

        Refuses: `NOT_FOUND`, `STALE_VERSION`, `DOCUMENT_NOT_ISSUED`, `DOCUMENT_CANCELLED`.
        """
        key = values(input, id="financial_document")["id"]
        document = await documents.mark_sent(session, key, input.version)
        return FinancialDocumentPayload.of(document)

    @mutation
    async def financial_document_record_payment(
        info: Info, session: TenantSession, input: FinancialDocumentRecordPaymentInput
    ) -> FinancialDocumentPayload:
        """Record money that came for an invoice, or was paid back for a credit note.

        Refuses: `NOT_FOUND`, `STALE_VERSION`, `DOCUMENT_NOT_ISSUED`, `DOCUMENT_CANCELLED`,
        `NOT_PAYABLE`, `AMOUNT_NOT_POSITIVE`, `TOO_MANY_DECIMALS`, `AMOUNT_TOO_LARGE`, `OVERPAID`.
        """
        key = values(input, id="financial_document")["id"]
        document = await accounts.record_payment(
            session, key, input.version, input.amount, input.paid_on
        )
        return FinancialDocumentPayload.of(document)

    @mutation
    async def financial_document_cancel(
        info: Info, session: TenantSession, input: FinancialDocumentCancelInput
    ) -> FinancialDocumentPayload:
        """Give a draft up. An issued document is corrected by `financialDocumentCredit`.

        Refuses: `NOT_FOUND`, `STALE_VERSION`, `DOCUMENT_ISSUED`, `DOCUMENT_CANCELLED`.
        """
        key = values(input, id="financial_document")["id"]
        document = await documents.cancel(session, key, input.version)
        return FinancialDocumentPayload.of(document)

    @mutation
    async def financial_document_credit(
        info: Info, session: TenantSession, input: FinancialDocumentCreditInput
    ) -> FinancialDocumentPayload:
        """Draft the credit note that takes an issued invoice back, line by line.

        Refuses: `NOT_FOUND`, `CONTACT_ARCHIVED`, `DOCUMENT_NOT_ISSUED`, `DOCUMENT_CANCELLED`,
        `NOT_CREDITABLE`.
        """
        key = values(input, id="financial_document")["id"]
        note = await documents.credit(session, key, input.reference)
        return FinancialDocumentPayload.of(note)

    @mutation
    async def terms_set(info: Info, session: TenantSession, input: TermsSetInput) -> TermsPayload:
        """Grant terms to a contact, or change those it has; what is not given stays.

        Refuses: `NOT_FOUND`, `STALE_VERSION`, `CONTACT_ARCHIVED`, `NEGATIVE_LIMIT`,
        `TOO_MANY_DECIMALS`, `AMOUNT_TOO_LARGE`, `TERMS_OUT_OF_RANGE`.
        """
        given = values(input, contact_id="contact")
        key, version = given.pop("contact_id"), given.pop("version")
        return TermsPayload.of(await accounts.set_terms(session, key, version, given))


def _given(input_: Any, **ids: str) -> dict[str, Any]:
    """What was given, with the lines as the rules know them."""
    given = values(input_, **ids)
    if given.get("lines") is not None:
        given["lines"] = [Line(**vars(line)) for line in given["lines"]]
    return given


@strawberry.input
class FinancialDocumentsExportInput(ExportInput):
    where: FinancialDocumentFilter | None = None
    order_by: list[DOCUMENT_ORDERS.enum] | None = None  # type: ignore[name-defined]


@extend(requires="finance.read")
class FinancialDocumentsExport(Mutation):
    @mutation
    async def financial_documents_export(
        info: Info, session: TenantSession, input: FinancialDocumentsExportInput
    ) -> ExportPayload:
        """Write documents to a file, by a job: those that the list of the same arguments shows.

        Refuses: `UNKNOWN_COLUMN`, `DUPLICATE_COLUMN`, `COLUMNS_REQUIRED`, `UNKNOWN_LANGUAGE`,
        `INVALID_ID`, `TOO_MANY_JOBS`, `NOT_FOUND`, `OTHER_LIST`,
        `VIEW_COLUMN_NOT_EXPORTED`, `ARGUMENTS_INVALID`, `INVALID_ADDRESS`, `DOMAIN_NOT_ALLOWED`.
        """
        return await begin(info, session, "financialDocuments")
