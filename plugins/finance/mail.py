"""What templates may say of a financial document, and of the tax on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from core.kit.keywords import KeywordSource, Words
from core.kit.session import TenantSession
from core.mail.wording import amount, day, number
from plugins.finance.models import FinancialDocument as Document
from plugins.finance.models import TaxTotal

WORDS = {
    "reference": "Its number; nothing before it is issued.",
    "description": "What it is for.",
    "issue_date": "When it was issued.",
    "due_date": "When it is to be paid.",
    "total_excl_tax": "Its total, excluding tax.",
    "total_incl_tax": "Its total, including tax.",
    "amount_due": "What of it is still to be paid.",
}
TAX_WORDS = {
    "total": "The tax on the document.",
    "details": "The tax on it by rate: 20 %: 200,00 EUR; 10 %: 5,00 EUR.",
}


async def _documents(
    session: TenantSession, keys: Sequence[UUID], language: str
) -> Mapping[UUID, Words]:
    documents = await session.scalars(select(Document).where(Document.id.in_(keys)))
    return {
        d.id: {
            "reference": d.reference,
            "description": d.description,
            "issue_date": day(d.issue_date, language),
            "due_date": day(d.due_date, language),
            "total_excl_tax": amount(d.total_excl_tax, d.currency, language),
            "total_incl_tax": amount(d.total_incl_tax, d.currency, language),
            "amount_due": amount(d.total_incl_tax - d.paid_amount, d.currency, language),
        }
        for d in documents
    }


async def _taxes(
    session: TenantSession, keys: Sequence[UUID], language: str
) -> Mapping[UUID, Words]:
    documents = list(await session.scalars(select(Document).where(Document.id.in_(keys))))
    of_codes = await session.execute(
        select(TaxTotal)
        .where(TaxTotal.c.tenant_id == session.tenant_id, TaxTotal.c.document_id.in_(keys))
        .order_by(TaxTotal.c.tax_rate.desc(), TaxTotal.c.tax_code)
    )
    details: dict[UUID, list[tuple[str, Decimal]]] = {}
    for row in of_codes:
        rate = f"{number(row.tax_rate, language)}\u00a0%"
        details.setdefault(row.document_id, []).append((rate, row.total_tax))
    return {
        d.id: {
            "total": amount(d.total_tax, d.currency, language),
            "details": "; ".join(
                f"{rate}: {amount(total, d.currency, language)}"
                for rate, total in details.get(d.id, [])
            ),
        }
        for d in documents
    }


_OF = ("financial_document", "finance.read")
SOURCES = [
    KeywordSource("document", *_OF, WORDS, _documents, "a financial document"),
    KeywordSource("tax", *_OF, TAX_WORDS, _taxes, "a financial document"),
]
