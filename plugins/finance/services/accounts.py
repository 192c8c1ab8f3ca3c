"""What moves a contact's account: issuing, paying, setting off; and the terms behind it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from core.kit.errors import Refused
from core.kit.session import TenantSession, check_version
from plugins.finance import rules
from plugins.finance.events import CreditExceeded, DocumentIssued, PaymentRecorded, TermsChanged
from plugins.finance.models import Account, FinancialPayment, Terms
from plugins.finance.models import FinancialDocument as Document
from plugins.finance.rules import DocumentKind, DocumentState, PaymentState
from plugins.finance.services.documents import check_contact, lines_of, locked, today


async def issue(
    session: TenantSession, key: UUID, version: int | None, on: date | None = None
) -> Document:
    """Make a draft final: from now on it counts on the account, and stays as it is."""
    document = await locked(session, key, version)
    rules.check_draft(document.state)
    if not await lines_of(session, document):
        raise Refused("NO_LINES", "A document without lines can't be issued.", "lines")
    terms = await session.scalar(select(Terms).where(Terms.contact_id == document.contact_id))
    invoice = await _corrected(session, document)
    document.issue_date = on or await today(session)
    document.due_date = rules.due_date(
        document.kind,
        document.issue_date,
        document.due_date,
        terms.payment_terms_days if terms else None,
    )
    document.state = DocumentState.ISSUED
    if document.kind in rules.SIGN:
        document.payment_state = rules.payment_state(document.total_incl_tax, Decimal(0))
    if invoice is not None:
        _set_off(session, document, invoice, document.issue_date)
    # Last, as payments do: whoever locks in another order might wait for ever.
    await _owe(session, document, document.total_incl_tax)
    await session.tell(
        DocumentIssued(
            document.id, document.contact_id, str(document.kind), document.total_incl_tax
        )
    )
    return document


async def record_payment(
    session: TenantSession,
    key: UUID,
    version: int | None,
    amount: Decimal,
    on: date | None = None,
) -> Document:
    document = await locked(session, key, version)
    rules.check_issued(document.state)
    amount = rules.checked_payment(
        document.kind, document.total_incl_tax, document.paid_amount, amount
    )
    _pay(session, document, amount, on or await today(session))
    await _owe(session, document, -amount)
    await session.tell(PaymentRecorded(document.id, document.contact_id, amount))
    return document


async def set_terms(
    session: TenantSession, contact_id: UUID, version: int | None, changes: dict[str, Any]
) -> Terms:
    """Grant terms to a contact, or change those it has."""
    await check_contact(session, contact_id)
    statement = select(Terms).where(Terms.contact_id == contact_id).with_for_update()
    terms = await session.scalar(statement)
    if terms is None:
        terms = Terms(contact_id=contact_id, direct_debit=False)
        session.add(terms)
    else:
        check_version(terms, version)
    if "credit_limit" in changes:
        terms.credit_limit = rules.checked_limit(changes["credit_limit"])
    if "payment_terms_days" in changes:
        terms.payment_terms_days = rules.checked_terms_days(changes["payment_terms_days"])
    if changes.get("direct_debit") is not None:
        terms.direct_debit = changes["direct_debit"]
    await session.flush()
    await session.tell(TermsChanged(contact_id, terms.credit_limit))
    return terms


async def refuse_archiving(session: TenantSession, contact_id: UUID) -> None:
    """Refuse if the contact has invoices that are not paid."""
    unpaid = await session.scalar(
        select(func.count()).where(
            Document.contact_id == contact_id,
            Document.kind == DocumentKind.INVOICE.value,
            Document.state == DocumentState.ISSUED.value,
            Document.payment_state != PaymentState.PAID.value,
        )
    )
    if unpaid:
        raise Refused(
            "UNPAID_DOCUMENTS", f"The contact has {unpaid} unpaid invoices; see 'force'.", "force"
        )


async def _corrected(session: TenantSession, note: Document) -> Document | None:
    """The invoice that a credit note takes back, if there is so much left of it."""
    if note.corrects_id is None:
        return None
    invoice = await session.find(Document, note.corrects_id, "financial document", lock=True)
    others = select(func.sum(Document.total_incl_tax)).where(
        Document.corrects_id == invoice.id, Document.state == DocumentState.ISSUED.value
    )
    left = invoice.total_incl_tax - (await session.scalar(others) or Decimal(0))
    if note.total_incl_tax > left:
        raise Refused(
            "CREDIT_EXCEEDS_INVOICE",
            f"{left:f} of the invoice can still be credited; the credit note has "
            f"{note.total_incl_tax:f}.",
            "lines",
        )
    return invoice


def _set_off(session: TenantSession, note: Document, invoice: Document, on: date) -> None:
    """Use *note* on what is still to pay of *invoice*; the rest is owed back."""
    amount = min(invoice.total_incl_tax - invoice.paid_amount, note.total_incl_tax)
    if amount > 0:
        _pay(session, invoice, amount, on, note.id)
        _pay(session, note, amount, on, invoice.id)


def _pay(
    session: TenantSession,
    document: Document,
    amount: Decimal,
    on: date,
    counterpart_id: UUID | None = None,
) -> None:
    document.paid_amount += amount
    document.payment_state = rules.payment_state(document.total_incl_tax, document.paid_amount)
    session.add(
        FinancialPayment(
            contact_id=document.contact_id,
            document_id=document.id,
            amount=amount,
            paid_on=on,
            counterpart_id=counterpart_id,
        )
    )


async def _owe(session: TenantSession, document: Document, amount: Decimal) -> None:
    """Keep the account: *document* now asks for this much more (less: it was paid)."""
    if document.kind not in rules.SIGN:
        return
    row = insert(Account).values(
        tenant_id=session.tenant_id,
        contact_id=document.contact_id,
        balance=rules.owed(document.kind, amount),
        updated_at=session.now,
    )
    owed = await session.scalar(
        row.on_conflict_do_update(
            index_elements=[Account.tenant_id, Account.contact_id],
            set_={
                "balance": Account.balance + row.excluded.balance,
                "updated_at": func.greatest(Account.updated_at, row.excluded.updated_at),
            },
        ).returning(Account.balance)
    )
    assert owed is not None  # both ways return a row
    limit = await session.scalar(
        select(Terms.credit_limit).where(Terms.contact_id == document.contact_id)
    )
    before = owed - rules.owed(document.kind, amount)
    if limit is not None and before <= limit < owed:
        await session.tell(CreditExceeded(document.contact_id, document.id, owed, limit))
