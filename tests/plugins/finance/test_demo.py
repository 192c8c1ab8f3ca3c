"""The demo's documents add up as those that people make."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import select, text

from core.contacts.models import Contact
from plugins.finance import rules
from plugins.finance.demo.bulk import FILL
from plugins.finance.demo.story import TOLD, story
from plugins.finance.rules import Line
from tests.cast import Tenant

#: Where the account and the documents, or the payments and what is paid, differ.
WRONG_BALANCES = """
    select a.contact_id from finance_account a
    full join (select contact_id, sum((total_incl_tax - paid_amount)
                          * case kind when 'INVOICE' then 1 else -1 end) balance
               from finance_document where state = 'ISSUED' and kind in ('INVOICE', 'CREDIT_NOTE')
               group by contact_id) d on d.contact_id = a.contact_id
    where a.balance is distinct from d.balance
"""
WRONG_PAYMENTS = """
    select d.id from finance_document d
    left join (select document_id, sum(amount) amount from finance_payment group by document_id) p
        on p.document_id = d.id
    where coalesce(p.amount, 0) <> d.paid_amount
       or d.payment_state <> case when d.paid_amount = 0 then 'UNPAID'
            when d.paid_amount < d.total_incl_tax then 'PART_PAID' else 'PAID' end
"""


async def tell(tenant: Tenant, count: int) -> None:
    group = await tenant.group()
    for n in range(count):
        await tenant.contact(f"Site {n:02}", group=group)
    async with tenant.session() as session:
        rows = (await session.scalars(select(Contact).order_by(Contact.name_key))).all()
        await story(session, {row.name: row for row in rows})


async def rows(tenant: Tenant, sql: str) -> list[Any]:
    async with tenant.session() as session:
        return [tuple(row) for row in await session.execute(text(sql))]


async def test_r069_the_demo_has_documents_of_all_kinds_that_add_up(tenant: Tenant) -> None:
    await tell(tenant, TOLD + 30)  # so many that no kind is missing by chance

    lines = defaultdict(list)
    for document, *values in await rows(
        tenant,
        "select document_id, description, quantity, unit_price, tax_code, tax_rate, discount "
        "from finance_line",
    ):
        lines[document].append(Line(*values))
    documents = await rows(
        tenant, "select id, kind, total_excl_tax, total_tax, total_incl_tax from finance_document"
    )
    assert {kind for _, kind, *_ in documents} == set(rules.DocumentKind)
    assert {len(found) for found in lines.values()} == {1, 2, 3}
    for document, _, excl, tax, incl in documents:
        totals = rules.checked_totals(rules.checked_lines(lines[document]))
        assert (totals.total_excl_tax, totals.total_tax) == (excl, tax)
        assert totals.total_incl_tax == incl


async def test_r073_the_demo_keeps_accounts_as_the_services_do(tenant: Tenant) -> None:
    await tell(tenant, TOLD + 6)

    assert await rows(tenant, WRONG_BALANCES) == []
    assert await rows(tenant, WRONG_PAYMENTS) == []
    ((future,),) = await rows(
        tenant,
        "select count(*) from finance_document where updated_at > now() or created_at > updated_at "
        "or issue_date > current_date + 1 or (state = 'ISSUED') <> (issue_date is not null)",
    )
    assert future == 0
    statuses = {s for (s,) in await rows(tenant, "select status from finance_account_current")}
    assert statuses >= {"OK", "OVERDUE"}


async def test_filling_up_twice_adds_nothing(tenant: Tenant) -> None:
    await tell(tenant, 2)
    counts = """select (select count(*) from finance_document), (select count(*) from finance_line),
        (select count(*) from finance_payment), (select count(*) from finance_terms)"""
    before = await rows(tenant, counts)

    async with tenant.session() as session:
        for statement in FILL:
            await session.execute(text(statement), {"tenant": tenant.id, "now": session.now})

    assert await rows(tenant, counts) == before
