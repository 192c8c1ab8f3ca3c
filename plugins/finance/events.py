"""What finance tells the other modules."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from core.kit.events import Event


@dataclass(frozen=True)
class DocumentIssued(Event, name="finance.document_issued"):
    document_id: UUID
    contact_id: UUID
    kind: str
    total_incl_tax: Decimal


@dataclass(frozen=True)
class DocumentSent(Event, name="finance.document_sent"):
    document_id: UUID
    contact_id: UUID


@dataclass(frozen=True)
class PaymentRecorded(Event, name="finance.payment_recorded"):
    """Told of money only, not of what is set off against a credit note."""

    document_id: UUID
    contact_id: UUID
    amount: Decimal


@dataclass(frozen=True)
class TermsChanged(Event, name="finance.terms_changed"):
    contact_id: UUID
    credit_limit: Decimal | None


@dataclass(frozen=True)
class CreditExceeded(Event, name="finance.credit_exceeded"):
    """Told once, by the document that brings a balance over its credit limit."""

    contact_id: UUID
    document_id: UUID
    balance: Decimal
    credit_limit: Decimal
