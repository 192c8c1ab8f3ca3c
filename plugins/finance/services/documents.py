"""What is done with financial documents while they are drafts, and with their lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.contacts.models import Contact
from core.kit import text
from core.kit.errors import NotFound, Refused
from core.kit.session import TenantSession, check_version
from core.tenancy.models import Tenant
from plugins.finance import rules
from plugins.finance.events import DocumentSent
from plugins.finance.models import FinancialDocument as Document
from plugins.finance.models import FinancialLine
from plugins.finance.rules import DocumentKind, DocumentState, Line, PaymentState, SendState


async def create(
    session: TenantSession,
    contact_id: UUID,
    kind: DocumentKind,
    lines: Sequence[Line] = (),
    corrects: Document | None = None,
    **details: Any,
) -> Document:
    """Add a draft; a credit note *corrects* an invoice."""
    await check_contact(session, contact_id)
    document = Document(
        contact_id=contact_id,
        kind=kind,
        state=DocumentState.DRAFT,
        send_state=SendState.NOT_SENT,
        payment_state=PaymentState.UNPAID,
        currency=corrects.currency if corrects else (await tenant_of(session)).currency,
        corrects_id=corrects.id if corrects else None,
        paid_amount=Decimal(0),
    )
    _describe(document, details)
    await _write_lines(session, document, lines, [])
    return document


async def update(
    session: TenantSession, key: UUID, version: int | None, changes: dict[str, Any]
) -> Document:
    """Change a draft; *lines*, when given, take the place of those it has."""
    document = await locked(session, key, version)
    rules.check_draft(document.state)
    # Read first: a read after a change would flush, and count the version up twice.
    before = await lines_of(session, document)
    _describe(document, changes)
    if changes.get("lines") is not None:
        await _write_lines(session, document, changes["lines"], before)
    return document


async def cancel(session: TenantSession, key: UUID, version: int | None) -> Document:
    """Give a draft up."""
    document = await locked(session, key, version)
    rules.check_draft(document.state)
    document.state = DocumentState.CANCELLED
    return document


async def mark_sent(session: TenantSession, key: UUID, version: int | None) -> Document:
    """Say that a document has gone out; the first time counts."""
    document = await locked(session, key, version)
    rules.check_issued(document.state)
    if document.send_state == SendState.NOT_SENT:
        document.send_state, document.sent_at = SendState.SENT, session.now
        await session.tell(DocumentSent(document.id, document.contact_id))
    return document


async def credit(session: TenantSession, key: UUID, reference: str | None = None) -> Document:
    """Draft the credit note that takes an issued invoice back, line by line."""
    invoice = await locked(session, key, None)
    rules.check_issued(invoice.state)
    if invoice.kind != DocumentKind.INVOICE:
        raise Refused("NOT_CREDITABLE", f"A {invoice.kind} is not corrected by a credit note.")
    return await create(
        session,
        invoice.contact_id,
        DocumentKind.CREDIT_NOTE,
        [_line(row) for row in await lines_of(session, invoice)],
        invoice,
        reference=reference or invoice.reference,
        description=invoice.description,
    )


async def lines_of(session: TenantSession, document: Document) -> Sequence[FinancialLine]:
    rows = select(FinancialLine).where(FinancialLine.document_id == document.id)
    return (await session.scalars(rows.order_by(FinancialLine.position))).all()


async def locked(session: TenantSession, key: UUID, version: int | None) -> Document:
    document = await session.find(Document, key, "financial document", field="id", lock=True)
    check_version(document, version)
    return document


async def check_contact(session: TenantSession, key: UUID) -> None:
    """The contact is there, and is not archived before this transaction ends."""
    contact = await session.scalar(
        select(Contact).where(Contact.id == key).with_for_update(read=True)
    )
    if contact is None:
        raise NotFound("contact", key, "contactId")
    if contact.archived_at is not None:
        raise Refused("CONTACT_ARCHIVED", f"{contact.name} is archived.", "contactId")


async def tenant_of(session: TenantSession) -> Tenant:
    tenant = await session.get(Tenant, session.tenant_id)
    assert tenant is not None
    return tenant


async def today(session: TenantSession) -> date:
    """The tenant's day."""
    return session.now.astimezone(ZoneInfo((await tenant_of(session)).time_zone)).date()


def _describe(document: Document, details: dict[str, Any]) -> None:
    if "reference" in details:
        document.reference = text.checked(details["reference"], "reference", 40)
    if "description" in details:
        document.description = text.checked(
            details["description"], "description", 10_000, lines=True
        )
    if "due_date" in details:
        document.due_date = details["due_date"]


async def _write_lines(
    session: TenantSession,
    document: Document,
    lines: Sequence[Line],
    before: Sequence[FinancialLine],
) -> None:
    """Give *document* these lines, and their totals. Rows are reused: the audit shows edits."""
    kept = rules.checked_lines(lines)
    totals = rules.checked_totals(kept)
    document.total_excl_tax, document.total_tax = totals.total_excl_tax, totals.total_tax
    document.total_incl_tax = totals.total_incl_tax
    session.add(document)
    await session.flush()
    for position, (row, line) in enumerate(zip_longest(before, kept)):
        if line is None:
            await session.delete(row)
            continue
        if row is None:
            row = FinancialLine(document_id=document.id, position=position)
            session.add(row)
        for field, value in asdict(line).items():
            setattr(row, field, value)
        row.total_excl_tax = rules.half_up(rules.exact_net(line))
    await session.flush()


def _line(row: FinancialLine) -> Line:
    return Line(**{field: getattr(row, field) for field in Line.__slots__})
