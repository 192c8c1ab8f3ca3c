"""The documents of a contact: filtered, ordered, along the tree, and on the Overview."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from tests.cast import Tenant
from tests.plugins.finance.cast import draft, invoice, issue, line, pay

LIST = """query($id: ID!, $where: FinancialDocumentFilter, $scope: Scope,
  $orderBy: [FinancialDocumentOrderBy!]) { contact(id: $id) {
  financialDocuments(where: $where, scope: $scope, orderBy: $orderBy) {
  totalCount nodes { reference } } } }"""


async def listed(tenant: Tenant, contact: str, **variables: Any) -> list[str]:
    page = (await tenant.ask(LIST, id=contact, **variables))["contact"]["financialDocuments"]
    assert page["totalCount"] == len(page["nodes"])
    return [n["reference"] for n in page["nodes"]]


async def test_r069_documents_are_found_by_kind_state_and_payment(tenant: Tenant) -> None:
    contact = await tenant.contact()
    paid = await issue(tenant, await draft(tenant, contact, reference="PAID"))
    await pay(tenant, paid, "120")
    await issue(tenant, await draft(tenant, contact, reference="UNPAID"), issueDate="2026-01-05")
    await draft(tenant, contact, reference="DRAFT")
    await draft(tenant, contact, line("1", "900"), kind="QUOTE", reference="QUOTE")

    async def where(**given: Any) -> list[str]:
        return await listed(tenant, contact, where=given)

    assert await where() == ["QUOTE", "DRAFT", "UNPAID", "PAID"]
    assert await where(kind={"eq": "QUOTE"}) == ["QUOTE"]
    assert await where(state={"eq": "ISSUED"}, paymentState={"in": ["UNPAID", "PART_PAID"]}) == [
        "UNPAID"
    ]
    assert await where(issueDate={"lte": "2026-01-31"}) == ["UNPAID"]
    assert await where(dueDate={"isSet": False}) == ["QUOTE", "DRAFT"]
    assert await where(reference={"contains": "paid"}) == ["UNPAID", "PAID"]
    assert (await listed(tenant, contact, orderBy=["TOTAL_INCL_TAX_DESC"]))[0] == "QUOTE"


async def test_r009_a_scope_brings_documents_of_sub_contacts_and_parents(tenant: Tenant) -> None:
    head = await tenant.contact("Head office")
    site = await tenant.contact("Site", parent=head)
    await draft(tenant, head, reference="HEAD")
    await draft(tenant, site, reference="SITE")

    assert await listed(tenant, head) == ["HEAD"]
    assert await listed(tenant, head, scope={"descendants": {"all": True}}) == ["SITE", "HEAD"]
    assert await listed(tenant, site, scope={"self": False, "ancestors": {"at": [1]}}) == ["HEAD"]


async def test_r010_accounts_of_many_contacts_cost_the_statements_of_one(tenant: Tenant) -> None:
    query = """query($ids: [ID!]!) { contactsById(ids: $ids) { account { balance status }
      terms { creditLimit } financialDocuments(first: 3) { totalCount nodes { totalInclTax
        lines { quantity } taxTotals { totalTax } payments { amount } } }
      overview { account { balance } recentFinancialDocuments { hasMore nodes { id } } } } }"""
    ids = [await tenant.contact(f"Site {n}") for n in range(8)]
    for contact in ids:
        await pay(tenant, await invoice(tenant, contact), "1")
    await tenant.ask(query, ids=ids[:1])
    for_one = tenant.statements

    await tenant.ask(query, ids=ids)

    assert tenant.statements == for_one


async def test_r035_the_overview_has_the_recent_documents_newest_first(tenant: Tenant) -> None:
    contact = await tenant.contact()
    for n in range(12):
        await draft(tenant, contact, reference=f"D{n:02}")
    async with tenant.session() as session:
        await session.execute(
            text(
                "update finance_document set updated_at = now() - interval '32 days' "
                "where reference = 'D11'"
            )
        )

    found = await tenant.ask(
        """query($id: ID!) { contact(id: $id) { overview {
             recentFinancialDocuments { hasMore nodes { reference } } } } }""",
        id=contact,
    )

    recent = found["contact"]["overview"]["recentFinancialDocuments"]
    assert [n["reference"] for n in recent["nodes"]] == [f"D{n:02}" for n in range(10, 0, -1)]
    assert recent["hasMore"] is True
