"""Exact money: totals rounded per tax code, what may be done in which state, what is owed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

from core.kit import text
from core.kit.errors import Refused
from core.kit.money import exact


class DocumentKind(StrEnum):
    QUOTE = "QUOTE"
    INVOICE = "INVOICE"
    PRO_FORMA = "PRO_FORMA"
    CREDIT_NOTE = "CREDIT_NOTE"
    PURCHASE_ORDER = "PURCHASE_ORDER"
    APPLICATION_FOR_PAYMENT = "APPLICATION_FOR_PAYMENT"


class DocumentState(StrEnum):
    DRAFT = "DRAFT"
    ISSUED = "ISSUED"
    CANCELLED = "CANCELLED"


class SendState(StrEnum):
    NOT_SENT = "NOT_SENT"
    SENT = "SENT"


class PaymentState(StrEnum):
    UNPAID = "UNPAID"
    PART_PAID = "PART_PAID"
    PAID = "PAID"


class AccountStatus(StrEnum):
    OK = "OK"
    OVER_LIMIT = "OVER_LIMIT"
    OVERDUE = "OVERDUE"


#: What each kind adds to what the contact owes; the others promise or ask, and owe nothing.
SIGN = {DocumentKind.INVOICE: 1, DocumentKind.CREDIT_NOTE: -1}
MAX_TERMS_DAYS = 365
#: A product of four columns has 36 digits; with these, nothing but the last step rounds.
EXACT = Context(prec=80)
CENT = Decimal("0.01")
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Line:
    """What is billed: *quantity* times *unit_price*, less *discount* percent, *tax_rate* on top."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_code: str
    tax_rate: Decimal
    discount: Decimal = Decimal(0)
    nominal_code: str | None = None


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """What the lines of one tax code come to."""

    tax_code: str
    tax_rate: Decimal
    total_excl_tax: Decimal
    total_tax: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    total_excl_tax: Decimal
    total_tax: Decimal
    by_code: tuple[TaxTotal, ...]

    @property
    def total_incl_tax(self) -> Decimal:
        return self.total_excl_tax + self.total_tax


def half_up(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP, context=EXACT)


def exact_net(line: Line) -> Decimal:
    """The line without tax, before any rounding."""
    gross = EXACT.multiply(line.quantity, line.unit_price)
    return EXACT.multiply(gross, EXACT.multiply(HUNDRED - line.discount, CENT))


def totals(lines: Iterable[Line]) -> Totals:
    """Exact sums of the lines of each tax code, rounded once, then its tax, rounded once."""
    nets: dict[str, Decimal] = {}
    rates: dict[str, Decimal] = {}
    for line in lines:
        nets[line.tax_code] = EXACT.add(nets.get(line.tax_code, Decimal(0)), exact_net(line))
        rates[line.tax_code] = line.tax_rate
    by_code = tuple(_of_code(code, rates[code], nets[code]) for code in sorted(nets))
    return Totals(
        sum((t.total_excl_tax for t in by_code), Decimal("0.00")),
        sum((t.total_tax for t in by_code), Decimal("0.00")),
        by_code,
    )


def _of_code(code: str, rate: Decimal, net: Decimal) -> TaxTotal:
    rounded = half_up(net)
    return TaxTotal(code, rate, rounded, half_up(EXACT.multiply(rounded, rate * CENT)))


def checked_lines(lines: Sequence[Line]) -> list[Line]:
    """The lines as they are kept, each number exactly as it was given."""
    kept = [_checked_line(line, f"lines.{i}") for i, line in enumerate(lines)]
    rates: dict[str, Decimal] = {}
    for i, line in enumerate(kept):
        if rates.setdefault(line.tax_code, line.tax_rate) != line.tax_rate:
            raise Refused(
                "TAX_RATE_DIFFERS",
                f"The tax code {line.tax_code} has the rate {rates[line.tax_code]:f} in a line "
                f"above, and {line.tax_rate:f} here.",
                f"lines.{i}.taxRate",
            )
    return kept


def _checked_line(line: Line, at: str) -> Line:
    return Line(
        description=_said(line.description, f"{at}.description", 2000),
        quantity=exact(line.quantity, f"{at}.quantity", places=4, digits=10),
        unit_price=exact(line.unit_price, f"{at}.unitPrice", places=4, digits=10),
        discount=_percent(line.discount, f"{at}.discount", places=2),
        tax_code=_said(line.tax_code, f"{at}.taxCode", 20),
        tax_rate=_percent(line.tax_rate, f"{at}.taxRate", places=4),
        nominal_code=text.checked(line.nominal_code, f"{at}.nominalCode", 20),
    )


def _said(given: str, field: str, longest: int) -> str:
    kept = text.checked(given, field, longest, lines=field.endswith("description"))
    if kept is None:
        raise Refused("TEXT_MISSING", f"'{field}' must say something.", field)
    return kept


def _percent(value: Decimal, field: str, places: int) -> Decimal:
    if not 0 <= value <= 100:
        raise Refused("PERCENT_OUT_OF_RANGE", f"{value:f} is not between 0 and 100.", field)
    return exact(value, field, places=places)


def checked_totals(lines: Sequence[Line]) -> Totals:
    """The totals, if they can be kept and nobody is owed money by a bill."""
    found = totals(lines)
    for i, line in enumerate(lines):
        exact(half_up(exact_net(line)), f"lines.{i}")
    exact(found.total_excl_tax, "lines")
    exact(found.total_incl_tax, "lines")
    if found.total_incl_tax < 0 or found.total_excl_tax < 0:
        raise Refused(
            "NEGATIVE_TOTAL",
            f"The lines come to {found.total_incl_tax:f}; what is owed to the contact is a "
            "credit note, with amounts above zero.",
            "lines",
        )
    return found


def check_draft(state: str) -> None:
    """Only drafts change; what is issued is corrected by a credit note."""
    if state == DocumentState.ISSUED:
        raise Refused(
            "DOCUMENT_ISSUED", "An issued document stays as it is; correct it by a credit note."
        )
    if state == DocumentState.CANCELLED:
        raise Refused("DOCUMENT_CANCELLED", "The document is cancelled.")


def check_issued(state: str) -> None:
    if state == DocumentState.DRAFT:
        raise Refused("DOCUMENT_NOT_ISSUED", "The document is a draft; issue it first.")
    if state == DocumentState.CANCELLED:
        raise Refused("DOCUMENT_CANCELLED", "The document is cancelled.")


def checked_payment(kind: str, total: Decimal, paid: Decimal, amount: Decimal) -> Decimal:
    """*amount*, if a document of that kind, of which *paid* is paid, can take it."""
    if kind not in SIGN:
        raise Refused("NOT_PAYABLE", f"A document of the kind {kind} is not paid.")
    amount = exact(amount, "amount")
    if amount <= 0:
        raise Refused("AMOUNT_NOT_POSITIVE", "A payment is above zero.", "amount")
    if paid + amount > total:
        raise Refused("OVERPAID", f"Only {total - paid:f} are left to pay.", "amount")
    return amount


def payment_state(total: Decimal, paid: Decimal) -> PaymentState:
    if paid >= total:
        return PaymentState.PAID
    return PaymentState.PART_PAID if paid else PaymentState.UNPAID


def owed(kind: str, amount: Decimal) -> Decimal:
    """What *amount* on a document of that kind adds to what the contact owes."""
    return amount * SIGN.get(DocumentKind(kind), 0)


def due_date(kind: str, issued: date, given: date | None, days: int | None) -> date | None:
    """When it is due: as given, else (an invoice) *days* after it is issued, else at once."""
    if given is None:
        return issued + timedelta(days=days or 0) if kind == DocumentKind.INVOICE else None
    if given < issued:
        raise Refused("DUE_BEFORE_ISSUE", f"Due on {given}, before it is issued.", "dueDate")
    return given


def checked_limit(given: Decimal | None) -> Decimal | None:
    """A credit limit: null is none, zero is no credit at all."""
    if given is None:
        return None
    if given < 0:
        raise Refused("NEGATIVE_LIMIT", "A credit limit is at least 0; null: none.", "creditLimit")
    return exact(given, "creditLimit")


def checked_terms_days(given: int | None) -> int | None:
    if given is not None and not 0 <= given <= MAX_TERMS_DAYS:
        raise Refused(
            "TERMS_OUT_OF_RANGE",
            f"{given} days; 0 to {MAX_TERMS_DAYS} are allowed.",
            "paymentTermsDays",
        )
    return given
