"""The story that the demo tells: offers, bills, a late payer, a bill taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import text

from core.contacts.models import Contact
from core.kit.session import TenantSession
from plugins.finance.demo.bulk import FILL, WORK
from plugins.finance.models import FinancialDocument
from plugins.finance.rules import DocumentKind, Line
from plugins.finance.services import accounts, documents

RATES = (("TVA20", Decimal(20)), ("TVA10", Decimal(10)), ("TVA5.5", Decimal("5.5")))
#: How many contacts' documents are told by hand; the others are filled like the large set.
TOLD = 5
#: How far the invoices of a contact lie back, in days; the last are not paid yet.
DAYS_BACK = (700, 530, 365, 180, 62, 20)

#: The third head office, whose bills are over its credit limit.
EXCEEDS = 3


async def story(session: TenantSession, contacts: dict[str, Any]) -> None:
    rows: list[Contact] = list(contacts.values())
    for index, contact in enumerate(islice(rows, TOLD)):
        await _grant(session, contact.id, index)
        for turn, days in enumerate(DAYS_BACK, start=index):
            late = index % 5 == 1 and days == 62
            await _bill(session, contact.id, turn, days, paid=days > 30 and not late)
        await _offer(session, contact.id, index)
        if index % 4 == 0:
            await _take_back(session, contact.id, index)
    await session.flush()
    given = {"tenant": session.tenant_id, "now": session.now}
    for statement in FILL:
        await session.execute(text(statement), given)


async def _grant(session: TenantSession, contact_id: UUID, index: int) -> None:
    limit = None if index % 3 == 2 else Decimal(2000 + 1500 * (index % 6))
    if index == EXCEEDS:
        limit = Decimal(100)
    with _ago(session, days=720):
        await accounts.set_terms(
            session,
            contact_id,
            None,
            {"credit_limit": limit, "payment_terms_days": 30, "direct_debit": index % 2 == 0},
        )


async def _bill(
    session: TenantSession, contact_id: UUID, turn: int, days: int, *, paid: bool
) -> FinancialDocument:
    with _ago(session, days=days):
        invoice = await documents.create(
            session,
            contact_id,
            DocumentKind.INVOICE,
            _lines(turn),
            reference=f"FA-{session.now:%Y%m}-{100 + turn}",
        )
        await accounts.issue(session, invoice.id, None)
        await documents.mark_sent(session, invoice.id, None)
        await session.flush()
    if paid:
        with _ago(session, days=max(days - 25, 0)):
            await accounts.record_payment(session, invoice.id, None, invoice.total_incl_tax)
            await session.flush()
    return invoice


async def _offer(session: TenantSession, contact_id: UUID, index: int) -> None:
    with _ago(session, days=4 + index % 20):
        kind = DocumentKind.QUOTE if index % 3 else DocumentKind.PRO_FORMA
        offer = await documents.create(
            session, contact_id, kind, _lines(index + 2), description="Offre valable deux mois"
        )
        if index % 2:
            await accounts.issue(session, offer.id, None)
        await session.flush()


async def _take_back(session: TenantSession, contact_id: UUID, index: int) -> None:
    """A bill that was wrong, its credit note, and the right one as a draft."""
    wrong = await _bill(session, contact_id, index + 3, 15, paid=False)
    with _ago(session, days=11):
        note = await documents.credit(session, wrong.id, f"AV-{session.now:%Y%m}-{100 + index}")
        await accounts.issue(session, note.id, None)
        await session.flush()
    with _ago(session, days=10):
        await documents.create(session, contact_id, DocumentKind.INVOICE, _lines(index + 4))


def _lines(turn: int) -> list[Line]:
    return [
        Line(
            description=WORK[(turn + i) % len(WORK)],
            quantity=Decimal(1 + (turn + i) % 4),
            unit_price=Decimal(4800 + 1125 * ((turn * 3 + i) % 9)) / 100,
            discount=Decimal(10 if (turn + i) % 5 == 0 else 0),
            tax_code=RATES[(turn + i) % 3][0],
            tax_rate=RATES[(turn + i) % 3][1],
            nominal_code="706000",
        )
        for i in range(1 + turn % 3)
    ]


@contextmanager
def _ago(session: TenantSession, *, days: int) -> Iterator[None]:
    """What is flushed in the block is stamped as if it were some days ago."""
    today: datetime = session.now
    session.now = session.sync_session.info["now"] = today - timedelta(days=days)
    try:
        yield
    finally:
        session.now = session.sync_session.info["now"] = today
