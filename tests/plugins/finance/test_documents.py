"""Documents are drafted, add up, are issued, and stay as they are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from core.kit.ids import key_in
from core.kit.tables import AuditEntry
from plugins.finance import rules
from plugins.finance.rules import Line
from tests.cast import Tenant
from tests.plugins.finance.cast import TOTALS, draft, invoice, issue, line, seen

MANY = "{ financialDocuments { totalCount } }"


async def test_r069_totals_are_rounded_per_tax_code_half_up(tenant: Tenant) -> None:
    document = await draft(
        tenant,
        await tenant.contact(),
        line("3", "0.335"),
        line("2.5", "19.99", "5.5", discount="10"),
        line("1", "0.005", "5.5"),
    )

    found = await seen(
        tenant,
        document,
        f"{TOTALS} currency taxTotals {{ taxCode taxRate totalExclTax totalTax }} "
        "lines { position quantity unitPrice discount totalExclTax }",
    )

    assert found == {
        "totalExclTax": "45.99",
        "totalTax": "2.67",
        "totalInclTax": "48.66",
        "currency": "EUR",
        "taxTotals": [
            {"taxCode": "VAT20", "taxRate": "20.0000", "totalExclTax": "1.01", "totalTax": "0.20"},
            {"taxCode": "VAT5.5", "taxRate": "5.5000", "totalExclTax": "44.98", "totalTax": "2.47"},
        ],
        "lines": [
            {"position": 0, "quantity": "3.0000", "unitPrice": "0.3350", "discount": "0.00",
             "totalExclTax": "1.01"},
            {"position": 1, "quantity": "2.5000", "unitPrice": "19.9900", "discount": "10.00",
             "totalExclTax": "44.98"},
            {"position": 2, "quantity": "1.0000", "unitPrice": "0.0050", "discount": "0.00",
             "totalExclTax": "0.01"},
        ],
    }  # fmt: skip


async def test_r069_the_database_adds_up_as_the_rules_do(tenant: Tenant) -> None:
    given = [
        line(str(Decimal(n * 7919 % 100_000) / 10_000), str(Decimal(n * 104_729) / 10_000),
             ("20", "10", "5.5", "8.875")[n % 4], discount=str(Decimal(n * 37 % 10_000) / 100))
        for n in range(1, 80)
    ]  # fmt: skip
    document = await draft(tenant, await tenant.contact(), *given)

    found = await seen(tenant, document, f"{TOTALS} taxTotals {{ taxCode totalExclTax totalTax }}")

    totals = rules.totals(
        Line(
            description="Work",
            quantity=Decimal(x["quantity"]),
            unit_price=Decimal(x["unitPrice"]),
            tax_code=x["taxCode"],
            tax_rate=Decimal(x["taxRate"]),
            discount=Decimal(x["discount"]),
        )
        for x in given
    )
    assert found["taxTotals"] == [
        {
            "taxCode": t.tax_code,
            "totalExclTax": str(t.total_excl_tax),
            "totalTax": str(t.total_tax),
        }
        for t in totals.by_code
    ]
    assert found["totalInclTax"] == str(totals.total_incl_tax)


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        (line("1.00001", "1"), ("TOO_MANY_DECIMALS", "lines.1.quantity")),
        (line("1", "1.00001"), ("TOO_MANY_DECIMALS", "lines.1.unitPrice")),
        (line("1", "1", discount="0.001"), ("TOO_MANY_DECIMALS", "lines.1.discount")),
        (line("1", "1", discount="100.01"), ("PERCENT_OUT_OF_RANGE", "lines.1.discount")),
        (line("1", "1", "-1"), ("PERCENT_OUT_OF_RANGE", "lines.1.taxRate")),
        (line("1", "10000000000"), ("AMOUNT_TOO_LARGE", "lines.1.unitPrice")),
        (line("1000000", "1000000"), ("AMOUNT_TOO_LARGE", "lines.1")),
        (line("999999.9999", "999999.9999"), ("AMOUNT_TOO_LARGE", "lines")),
        (line("1", "1", "10", taxCode="VAT20"), ("TAX_RATE_DIFFERS", "lines.1.taxRate")),
        (line("-1", "50"), ("NEGATIVE_TOTAL", "lines")),
        (line("1", "1", taxCode=" "), ("TEXT_MISSING", "lines.1.taxCode")),
        (line("1", "1", description=""), ("TEXT_MISSING", "lines.1.description")),
        (line("1", "1", nominalCode="x" * 21), ("TOO_LONG", "lines.1.nominalCode")),
    ],
)
async def test_r069_amounts_that_cant_be_kept_exactly_are_refused(
    tenant: Tenant, given: dict[str, Any], refused: tuple[str, str]
) -> None:
    contact = await tenant.contact()

    assert await tenant.refused(
        "financialDocumentCreate", contactId=contact, kind="INVOICE", lines=[line("1", "1"), given]
    ) == [refused]
    assert (await tenant.ask(MANY))["financialDocuments"]["totalCount"] == 0


async def test_r069_a_number_that_is_not_exact_is_no_amount(tenant: Tenant) -> None:
    contact = await tenant.contact()

    for wrong in ("NaN", "Infinity", "1e400", "ten"):
        answer = await tenant.answer(
            """mutation($input: FinancialDocumentCreateInput!) {
                 financialDocumentCreate(input: $input) { userErrors { code } } }""",
            input={"contactId": contact, "kind": "QUOTE", "lines": [line("1", wrong)]},
        )
        assert "data" not in answer
        assert len(answer["errors"]) == 1


async def test_r069_the_lines_of_a_draft_change_and_the_audit_says_which(tenant: Tenant) -> None:
    document = await draft(tenant, await tenant.contact(), line("1", "10"), line("2", "10"))

    await tenant.do(
        "financialDocumentUpdate",
        id=document,
        version=1,
        reference="Q-1",
        lines=[line("1", "10"), line("3", "10"), line("1", "0.5")],
    )

    found = await seen(tenant, document, f"reference version {TOTALS} lines {{ quantity }}")
    assert found == {
        "reference": "Q-1",
        "version": 2,
        "totalExclTax": "40.50",
        "totalTax": "8.10",
        "totalInclTax": "48.60",
        "lines": [{"quantity": "1.0000"}, {"quantity": "3.0000"}, {"quantity": "1.0000"}],
    }
    async with tenant.session() as session:
        entries = await session.scalars(
            select(AuditEntry).where(
                AuditEntry.root_id == key_in(document), AuditEntry.row_type == "finance_line"
            )
        )
        changed = [e.changes for e in entries if e.action == "CHANGED"]
    assert changed == [{"quantity": ["2.0000", "3.0000"], "total_excl_tax": ["20.00", "30.00"]}]


async def test_r069_lines_that_are_left_out_are_gone(tenant: Tenant) -> None:
    document = await draft(tenant, await tenant.contact(), line("1", "10"), line("2", "10"))

    await tenant.do("financialDocumentUpdate", id=document, lines=[line("2", "10")])
    await tenant.do("financialDocumentUpdate", id=document, description="No word of lines")

    found = await seen(tenant, document, "totalExclTax lines { position quantity }")
    assert found == {"totalExclTax": "20.00", "lines": [{"position": 0, "quantity": "2.0000"}]}


async def test_r069_an_issued_document_is_immutable(tenant: Tenant) -> None:
    document = await invoice(tenant, await tenant.contact())

    for name in ("Update", "Issue", "Cancel"):
        assert await tenant.refused(f"financialDocument{name}", id=document) == [
            ("DOCUMENT_ISSUED", None)
        ]
    assert (await seen(tenant, document, "state version")) == {"state": "ISSUED", "version": 2}


async def test_r069_a_cancelled_draft_comes_back_no_more(tenant: Tenant) -> None:
    document = await draft(tenant, await tenant.contact())
    await tenant.do("financialDocumentCancel", id=document, version=1)

    for name in ("Update", "Issue", "Cancel", "MarkSent", "Credit"):
        assert await tenant.refused(f"financialDocument{name}", id=document) == [
            ("DOCUMENT_CANCELLED", None)
        ]
    assert (await seen(tenant, document, "state"))["state"] == "CANCELLED"


async def test_r069_a_document_is_issued_before_it_is_sent(tenant: Tenant) -> None:
    document = await draft(tenant, await tenant.contact())
    assert await tenant.refused("financialDocumentMarkSent", id=document) == [
        ("DOCUMENT_NOT_ISSUED", None)
    ]
    await issue(tenant, document)
    await tenant.do("financialDocumentMarkSent", id=document)
    first = await seen(tenant, document, "sendState sentAt version")

    await tenant.do("financialDocumentMarkSent", id=document)

    assert first["sendState"] == "SENT"
    assert await seen(tenant, document, "sendState sentAt version") == first


async def test_r069_a_document_without_lines_is_not_issued(tenant: Tenant) -> None:
    contact = await tenant.contact()
    made = await tenant.do(
        "financialDocumentCreate", "financialDocument { id }", contactId=contact, kind="QUOTE"
    )
    document = made["financialDocument"]["id"]

    assert await tenant.refused("financialDocumentIssue", id=document) == [("NO_LINES", "lines")]
    assert (await seen(tenant, document, "state issueDate")) == {
        "state": "DRAFT",
        "issueDate": None,
    }


async def test_r005_a_stale_version_changes_no_document(tenant: Tenant) -> None:
    document = await draft(tenant, await tenant.contact())
    await tenant.do("financialDocumentUpdate", id=document, reference="A", version=1)

    for name in ("Update", "Issue", "Cancel"):
        assert await tenant.refused(f"financialDocument{name}", id=document, version=1) == [
            ("STALE_VERSION", "version")
        ]
    assert await seen(tenant, document, "state reference version") == {
        "state": "DRAFT",
        "reference": "A",
        "version": 2,
    }


async def test_another_tenant_finds_no_document(tenant: Tenant, other_tenant: Tenant) -> None:
    document, theirs = await draft(tenant, await tenant.contact()), await other_tenant.contact()

    for name in ("Update", "Issue", "MarkSent", "Cancel", "Credit"):
        assert await other_tenant.refused(f"financialDocument{name}", id=document) == [
            ("NOT_FOUND", "id")
        ]
    assert await other_tenant.refused(
        "financialDocumentRecordPayment", id=document, amount="1"
    ) == [("NOT_FOUND", "id")]
    assert await tenant.refused(
        "financialDocumentCreate", contactId=theirs, kind="QUOTE", lines=[]
    ) == [("NOT_FOUND", "contactId")]
    assert (await other_tenant.ask(MANY))["financialDocuments"]["totalCount"] == 0


async def test_documents_are_written_by_those_who_may(tenant: Tenant) -> None:
    contact = await tenant.contact()
    reader = tenant.without("finance.write")

    answer = await reader.answer(
        """mutation($id: ID!) { financialDocumentCreate(
             input: {contactId: $id, kind: QUOTE, lines: []}) { userErrors { code } } }""",
        id=contact,
    )
    hidden = await tenant.without("finance.read").answer(
        "query($id: ID!) { contact(id: $id) { account { balance } overview { name "
        "account { balance } recentFinancialDocuments { hasMore } } } }",
        id=contact,
    )

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await tenant.ask(MANY))["financialDocuments"]["totalCount"] == 0
    assert hidden["data"]["contact"] == {
        "account": None,
        "overview": {"name": "Dalkia", "account": None, "recentFinancialDocuments": None},
    }
    assert {e["extensions"]["code"] for e in hidden["errors"]} == {"FORBIDDEN"}
