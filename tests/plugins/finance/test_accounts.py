"""What a contact owes: issued, paid, credited; its terms, and whether all is in order."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from tests.cast import Tenant
from tests.plugins.finance.cast import (
    TOTALS,
    account,
    draft,
    invoice,
    issue,
    line,
    pay,
    seen,
)  # fmt: skip

PAID = "paymentState paidAmount"


async def test_r073_issued_invoices_less_payments_are_the_balance(tenant: Tenant) -> None:
    contact = await tenant.contact()
    assert await account(tenant, contact) == {"balance": "0.00", "status": "OK"}

    await draft(tenant, contact)
    await issue(tenant, await draft(tenant, contact, kind="QUOTE"))
    first = await invoice(tenant, contact)
    await invoice(tenant, contact, line("1", "50", "10"))
    assert (await account(tenant, contact))["balance"] == "175.00"

    await pay(tenant, first, "20.50")
    assert (await account(tenant, contact))["balance"] == "154.50"
    assert await seen(tenant, first, PAID) == {"paymentState": "PART_PAID", "paidAmount": "20.50"}

    await pay(tenant, first, "99.50")
    assert (await account(tenant, contact))["balance"] == "55.00"
    assert await seen(tenant, first, f"{PAID} payments {{ amount counterpart {{ id }} }}") == {
        "paymentState": "PAID",
        "paidAmount": "120.00",
        "payments": [
            {"amount": "20.50", "counterpart": None},
            {"amount": "99.50", "counterpart": None},
        ],
    }


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("120.01", "OVERPAID"),
        ("0", "AMOUNT_NOT_POSITIVE"),
        ("-1", "AMOUNT_NOT_POSITIVE"),
        ("0.001", "TOO_MANY_DECIMALS"),
        ("1000000000000", "AMOUNT_TOO_LARGE"),
    ],
)
async def test_r069_a_wrong_payment_is_refused(tenant: Tenant, amount: str, code: str) -> None:
    contact = await tenant.contact()
    document = await invoice(tenant, contact)

    assert await tenant.refused("financialDocumentRecordPayment", id=document, amount=amount) == [
        (code, "amount")
    ]
    assert (await account(tenant, contact))["balance"] == "120.00"
    assert await seen(tenant, document, PAID) == {"paymentState": "UNPAID", "paidAmount": "0.00"}


async def test_r069_only_what_is_issued_and_owed_is_paid(tenant: Tenant) -> None:
    contact = await tenant.contact()
    unissued = await draft(tenant, contact)
    quote = await issue(tenant, await draft(tenant, contact, kind="QUOTE"))

    async def refused(document: str) -> list[tuple[str, str | None]]:
        return await tenant.refused("financialDocumentRecordPayment", id=document, amount="1")

    assert await refused(unissued) == [("DOCUMENT_NOT_ISSUED", None)]
    assert await refused(quote) == [("NOT_PAYABLE", None)]


async def test_r069_payments_at_once_never_overpay(tenant: Tenant) -> None:
    contact = await tenant.contact()
    document = await invoice(tenant, contact)

    answers = await asyncio.gather(
        *(
            tenant._mutate("financialDocumentRecordPayment", "", {"id": document, "amount": "50"})
            for _ in range(4)
        )
    )

    codes = sorted(e["code"] for a in answers for e in a["userErrors"])
    assert codes == ["OVERPAID", "OVERPAID"]
    assert (await account(tenant, contact))["balance"] == "20.00"
    assert (await seen(tenant, document, PAID))["paidAmount"] == "100.00"


async def test_r069_a_credit_note_mirrors_its_invoice(tenant: Tenant) -> None:
    contact = await tenant.contact()
    document = await invoice(tenant, contact, line("3", "0.335"), line("2", "9.99", "5.5"))
    made = await tenant.do(
        "financialDocumentCredit", "financialDocument { id }", id=document, reference="AV-1"
    )
    note = made["financialDocument"]["id"]
    lines = "lines { description quantity unitPrice discount taxCode taxRate totalExclTax }"

    before = await seen(tenant, document, f"{TOTALS} {lines}")
    mirrored = await seen(tenant, note, f"{TOTALS} {lines} kind state reference corrects {{ id }}")
    assert mirrored == {
        **before,
        "kind": "CREDIT_NOTE",
        "state": "DRAFT",
        "reference": "AV-1",
        "corrects": {"id": document},
    }

    await issue(tenant, note)
    assert await account(tenant, contact) == {"balance": "0.00", "status": "OK"}
    for one, other in ((document, note), (note, document)):
        assert await seen(tenant, one, "paymentState payments { counterpart { id } }") == {
            "paymentState": "PAID",
            "payments": [{"counterpart": {"id": other}}],
        }


async def test_r069_a_credit_note_on_a_paid_invoice_is_owed_back(tenant: Tenant) -> None:
    contact = await tenant.contact()
    document = await invoice(tenant, contact)
    await pay(tenant, document, "100")
    made = await tenant.do("financialDocumentCredit", "financialDocument { id }", id=document)
    note = await issue(tenant, made["financialDocument"]["id"])

    assert (await account(tenant, contact))["balance"] == "-100.00"
    assert await seen(tenant, note, PAID) == {"paymentState": "PART_PAID", "paidAmount": "20.00"}
    await pay(tenant, note, "100")
    assert (await account(tenant, contact))["balance"] == "0.00"


async def test_r069_no_more_is_credited_than_was_invoiced(tenant: Tenant) -> None:
    contact = await tenant.contact()
    document = await invoice(tenant, contact, line("2", "50"))
    notes = []
    for _ in range(2):
        made = await tenant.do("financialDocumentCredit", "financialDocument { id }", id=document)
        notes.append(made["financialDocument"]["id"])
    await tenant.do("financialDocumentUpdate", id=notes[0], lines=[line("1", "50")])
    await issue(tenant, notes[0])

    assert await tenant.refused("financialDocumentIssue", id=notes[1]) == [
        ("CREDIT_EXCEEDS_INVOICE", "lines")
    ]
    assert (await account(tenant, contact))["balance"] == "60.00"
    await tenant.do("financialDocumentUpdate", id=notes[1], lines=[line("1", "50")])
    await issue(tenant, notes[1])
    assert (await account(tenant, contact))["balance"] == "0.00"


async def test_r069_only_an_issued_invoice_is_credited(tenant: Tenant) -> None:
    contact = await tenant.contact()
    unissued = await draft(tenant, contact)
    quote = await issue(tenant, await draft(tenant, contact, kind="QUOTE"))

    assert await tenant.refused("financialDocumentCredit", id=unissued) == [
        ("DOCUMENT_NOT_ISSUED", None)
    ]
    assert await tenant.refused("financialDocumentCredit", id=quote) == [("NOT_CREDITABLE", None)]


async def test_r073_no_limit_is_not_a_limit_of_zero(tenant: Tenant) -> None:
    contact = await tenant.contact()
    await invoice(tenant, contact)
    fields = "status creditLimit directDebit currency"
    expected = {"status": "OK", "creditLimit": None, "directDebit": False, "currency": "EUR"}
    assert await account(tenant, contact, fields) == expected

    await tenant.do("termsSet", contactId=contact, creditLimit="0", directDebit=True)
    assert await account(tenant, contact, fields) == {
        "status": "OVER_LIMIT", "creditLimit": "0.00", "directDebit": True, "currency": "EUR",
    }  # fmt: skip

    await tenant.do("termsSet", contactId=contact, creditLimit="120")
    assert await account(tenant, contact) == {"balance": "120.00", "status": "OK"}

    await tenant.do("termsSet", contactId=contact, creditLimit=None)
    assert await account(tenant, contact, fields) == {**expected, "directDebit": True}


async def test_r073_terms_give_an_invoice_its_due_date(tenant: Tenant) -> None:
    contact = await tenant.contact()
    await tenant.do("termsSet", contactId=contact, paymentTermsDays=45)
    by_terms = await invoice(tenant, contact, issueDate="2026-01-31")
    given = await issue(
        tenant, await draft(tenant, contact, dueDate="2026-02-05"), issueDate="2026-01-31"
    )
    quote = await issue(tenant, await draft(tenant, contact, kind="QUOTE"), issueDate="2026-01-31")
    early = await draft(tenant, contact, dueDate="2026-01-30")

    assert (await seen(tenant, by_terms, "dueDate"))["dueDate"] == "2026-03-17"
    assert (await seen(tenant, given, "dueDate"))["dueDate"] == "2026-02-05"
    assert (await seen(tenant, quote, "dueDate"))["dueDate"] is None
    assert await tenant.refused("financialDocumentIssue", id=early, issueDate="2026-01-31") == [
        ("DUE_BEFORE_ISSUE", "dueDate")
    ]


async def test_r073_an_account_is_overdue_the_day_after_without_a_write(tenant: Tenant) -> None:
    contact = await tenant.contact()
    today = date.today()
    fields = "status overdueAmount"
    document = await issue(
        tenant,
        await draft(tenant, contact, dueDate=str(today + timedelta(days=1))),
        issueDate=str(today - timedelta(days=30)),
    )
    assert await account(tenant, contact, fields) == {"status": "OK", "overdueAmount": "0.00"}

    late = await issue(
        tenant,
        await draft(tenant, contact, line("1", "10"), dueDate=str(today - timedelta(days=2))),
        issueDate=str(today - timedelta(days=30)),
    )
    await pay(tenant, late, "2")
    await tenant.do("termsSet", contactId=contact, creditLimit="1")
    assert await account(tenant, contact, fields) == {"status": "OVERDUE", "overdueAmount": "10.00"}

    await pay(tenant, late, "10")
    assert await account(tenant, contact, fields) == {
        "status": "OVER_LIMIT",
        "overdueAmount": "0.00",
    }
    await pay(tenant, document, "120")
    assert await account(tenant, contact) == {"balance": "0.00", "status": "OK"}


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"creditLimit": "-1"}, ("NEGATIVE_LIMIT", "creditLimit")),
        ({"creditLimit": "1.005"}, ("TOO_MANY_DECIMALS", "creditLimit")),
        ({"creditLimit": "1000000000000"}, ("AMOUNT_TOO_LARGE", "creditLimit")),
        ({"paymentTermsDays": 366}, ("TERMS_OUT_OF_RANGE", "paymentTermsDays")),
        ({"paymentTermsDays": -1}, ("TERMS_OUT_OF_RANGE", "paymentTermsDays")),
    ],
)
async def test_r073_wrong_terms_are_refused(
    tenant: Tenant, given: dict[str, Any], refused: tuple[str, str]
) -> None:
    contact = await tenant.contact()

    assert await tenant.refused("termsSet", contactId=contact, **given) == [refused]
    found = await tenant.ask("query($id: ID!) { contact(id: $id) { terms { id } } }", id=contact)
    assert found["contact"] == {"terms": None}


async def test_r073_terms_have_a_version(tenant: Tenant, other_tenant: Tenant) -> None:
    contact = await tenant.contact()
    await tenant.do("termsSet", contactId=contact, paymentTermsDays=30)
    await tenant.do("termsSet", contactId=contact, creditLimit="500", version=1)

    assert await tenant.refused("termsSet", contactId=contact, creditLimit="9", version=1) == [
        ("STALE_VERSION", "version")
    ]
    assert await other_tenant.refused("termsSet", contactId=contact, creditLimit="9") == [
        ("NOT_FOUND", "contactId")
    ]
    found = await tenant.ask(
        "query($id: ID!) { contact(id: $id) { terms { creditLimit paymentTermsDays version } } }",
        id=contact,
    )
    assert found["contact"]["terms"] == {
        "creditLimit": "500.00",
        "paymentTermsDays": 30,
        "version": 2,
    }


async def test_r004_unpaid_documents_keep_a_contact_from_being_archived(tenant: Tenant) -> None:
    contact = await tenant.contact()
    document = await invoice(tenant, contact)
    await issue(tenant, await draft(tenant, contact, kind="QUOTE"))

    assert await tenant.refused("contactArchive", id=contact) == [("UNPAID_DOCUMENTS", "force")]
    await pay(tenant, document, "120")
    await tenant.do("contactArchive", id=contact)

    assert await tenant.refused(
        "financialDocumentCreate", contactId=contact, kind="QUOTE", lines=[]
    ) == [("CONTACT_ARCHIVED", "contactId")]
