"""Financial documents, terms and accounts in the API."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import strawberry
from sqlalchemy import func, select

from core.charts.models import CurrentChart
from core.charts.schema import Chart, ContactCharts
from core.contacts.models import Contact as ContactRow
from core.contacts.schema import Contact
from core.hierarchy.models import ContactClosure
from core.kit.connections import Connection, Recent
from core.kit.extend import extend
from core.kit.fields import Node, by_id, everything, many, one, value
from core.kit.filters import (
    DateFilter,
    DateTimeFilter,
    EnumFilter,
    Filter,
    TextFilter,
    matching,
)
from core.kit.order import Orders
from core.kit.sources import Record
from core.overview.rollup import OverviewRollup
from core.overview.schema import Overview
from core.roots import Query
from plugins.finance.models import Account as AccountRow
from plugins.finance.models import CurrentAccount, TaxTotal
from plugins.finance.models import FinancialDocument as DocumentRow
from plugins.finance.models import FinancialLine as LineRow
from plugins.finance.models import FinancialPayment as PaymentRow
from plugins.finance.models import Terms as TermsRow
from plugins.finance.rules import (
    AccountStatus,
    DocumentKind,
    DocumentState,
    PaymentState,
    SendState,
)

strawberry.enum(DocumentKind, name="FinancialDocumentKind")
strawberry.enum(
    DocumentState,
    name="FinancialDocumentState",
    description="Only drafts change, and only drafts are cancelled.",
)
strawberry.enum(SendState)
strawberry.enum(PaymentState)
strawberry.enum(
    AccountStatus, description="`OVERDUE` stands before `OVER_LIMIT` when both are the case."
)


@strawberry.type(description="What is billed: quantity times unit price, less the discount.")
class FinancialLine(Node, table=LineRow, requires="finance.read"):
    position: int = strawberry.field(description="Where it stands, from 0.")
    description: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = strawberry.field(description="Percent.")
    tax_code: str
    tax_rate: Decimal = strawberry.field(description="Percent.")
    nominal_code: str | None
    total_excl_tax: Decimal = strawberry.field(
        description="Rounded to be shown; totals add up the exact values."
    )


@strawberry.type(description="What the lines of one tax code come to, rounded half up.")
class FinancialTaxTotal(Record, table=TaxTotal, requires="finance.read"):
    tax_code: str
    tax_rate: Decimal = strawberry.field(description="Percent.")
    total_excl_tax: Decimal
    total_tax: Decimal


@strawberry.type(description="Money that came for an invoice, or a credit note that was set off.")
class FinancialPayment(Node, table=PaymentRow, requires="finance.read"):
    amount: Decimal
    paid_on: date
    counterpart: FinancialDocument | None = one(
        PaymentRow.counterpart_id,
        description="The document it was set off against; null: it was money.",
    )


@strawberry.type(
    description="A quote, an invoice, a credit note … Amounts are above zero; the kind says "
    "whether they are owed or owed back."
)
class FinancialDocument(Node, table=DocumentRow, requires="finance.read"):
    kind: DocumentKind
    state: DocumentState
    send_state: SendState
    payment_state: PaymentState
    reference: str | None
    description: str | None
    currency: str = strawberry.field(description="ISO 4217.")
    issue_date: date | None
    due_date: date | None
    sent_at: datetime | None
    total_excl_tax: Decimal
    total_tax: Decimal
    total_incl_tax: Decimal
    paid_amount: Decimal = strawberry.field(
        description="What is paid, or set off against a credit note."
    )
    created_at: datetime
    updated_at: datetime
    version: int = strawberry.field(description="Counts up with each write.")

    contact: Contact = one(DocumentRow.contact_id)
    lines: list[FinancialLine] = many(LineRow.document_id, order_by=[LineRow.position])
    tax_totals: list[FinancialTaxTotal] = many(
        TaxTotal.c.document_id, order_by=[TaxTotal.c.tax_code]
    )
    payments: list[FinancialPayment] = many(
        PaymentRow.document_id, order_by=[PaymentRow.paid_on], limit=500
    )
    corrects: FinancialDocument | None = one(
        DocumentRow.corrects_id, description="Of a credit note: the invoice that it takes back."
    )


@strawberry.type(description="What a contact has been granted.")
class Terms(Node, table=TermsRow, requires="finance.read"):
    credit_limit: Decimal | None = strawberry.field(description="Null: none. Zero: no credit.")
    payment_terms_days: int | None = strawberry.field(
        description="From the issue of an invoice to its due date."
    )
    direct_debit: bool
    updated_at: datetime
    version: int = strawberry.field(description="Counts up with each write.")


@strawberry.type(description="What a contact owes, and whether that is in order, as of today.")
class Account(Record, table=CurrentAccount, requires="finance.read"):
    balance: Decimal = strawberry.field(
        description="Issued invoices, less credit notes, less payments."
    )
    currency: str = strawberry.field(description="ISO 4217.")
    status: AccountStatus
    credit_limit: Decimal | None = strawberry.field(description="Null: none. Zero: no credit.")
    overdue_amount: Decimal = strawberry.field(
        description="What of the balance was due before today, in the tenant's time zone."
    )
    payment_terms_days: int | None
    direct_debit: bool


@strawberry.input(description="Which documents. All that is given must hold.")
class FinancialDocumentFilter(Filter):
    reference: TextFilter | None = matching(DocumentRow.reference)
    kind: EnumFilter[DocumentKind] | None = matching(DocumentRow.kind)
    state: EnumFilter[DocumentState] | None = matching(DocumentRow.state)
    send_state: EnumFilter[SendState] | None = matching(DocumentRow.send_state)
    payment_state: EnumFilter[PaymentState] | None = matching(DocumentRow.payment_state)
    issue_date: DateFilter | None = matching(DocumentRow.issue_date)
    due_date: DateFilter | None = matching(DocumentRow.due_date)
    updated_at: DateTimeFilter | None = matching(DocumentRow.updated_at)


DOCUMENT_ORDERS = Orders(
    "FinancialDocument",
    updated_at=DocumentRow.updated_at,
    issue_date=DocumentRow.issue_date,
    due_date=DocumentRow.due_date,
    reference=DocumentRow.reference,
    total_incl_tax=DocumentRow.total_incl_tax,
    created_at=DocumentRow.created_at,
)


@extend(requires="finance.read")
class ContactFinance(Contact):
    financial_documents: Connection[FinancialDocument] = many(
        DocumentRow.contact_id,
        order_by=[DocumentRow.updated_at.desc()],
        filters=FinancialDocumentFilter,
        orders=DOCUMENT_ORDERS,
        along_tree=ContactClosure,
    )
    terms: Terms | None = one(TermsRow.contact_id)
    account: Account = one(CurrentAccount.c.contact_id)


@extend(requires="finance.read")
class OverviewFinance(Overview):
    account: Account = one(CurrentAccount.c.contact_id)
    recent_financial_documents: Recent[FinancialDocument] = many(
        DocumentRow.contact_id,
        order_by=[DocumentRow.updated_at.desc()],
        since=DocumentRow.updated_at,
        first=10,
        description="The contact's own, written in the last days, newest first.",
    )


@extend(requires="finance.read")
class RollupFinance(OverviewRollup):
    balance: Decimal = value(
        select(func.coalesce(func.sum(AccountRow.balance), 0))
        .select_from(ContactClosure)
        .join(
            AccountRow,
            (AccountRow.contact_id == ContactClosure.descendant_id)
            & (AccountRow.tenant_id == ContactClosure.tenant_id),
        )
        .where(ContactClosure.ancestor_id == ContactRow.id),
        "What they owe together.",
    )


@extend(requires="finance.read")
class FinanceCharts(ContactCharts):
    financial_documents: Chart = one(
        CurrentChart.c.contact_id,
        where=CurrentChart.c.kind == "FINANCE",
        description="Issued documents by kind, on their day of issue; credit notes below zero.",
    )


@extend(requires="finance.read")
class FinanceQueries(Query):
    financial_document: FinancialDocument = by_id(
        DocumentRow, "A document. Unknown ids are an error: `NOT_FOUND`."
    )
    financial_documents: Connection[FinancialDocument] = everything(
        DocumentRow,
        order_by=[DocumentRow.updated_at.desc()],
        filters=FinancialDocumentFilter,
        orders=DOCUMENT_ORDERS,
    )
