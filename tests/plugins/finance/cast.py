"""What the tests of finance do again and again."""

from __future__ import annotations

from typing import Any

from tests.cast import Tenant

TOTALS = "totalExclTax totalTax totalInclTax"


def line(quantity: str, unit_price: str, tax: str = "20", **more: Any) -> dict[str, Any]:
    """A line under the tax code ``VAT<tax>``."""
    return {
        "description": "Work",
        "quantity": quantity,
        "unitPrice": unit_price,
        "taxCode": f"VAT{tax}",
        "taxRate": tax,
        **more,
    }


async def draft(
    tenant: Tenant, contact: str, *lines: dict[str, Any], kind: str = "INVOICE", **input_: Any
) -> str:
    payload = await tenant.do(
        "financialDocumentCreate",
        "financialDocument { id }",
        contactId=contact,
        kind=kind,
        lines=list(lines or [line("1", "100")]),
        **input_,
    )
    return str(payload["financialDocument"]["id"])


async def issue(tenant: Tenant, document: str, **input_: Any) -> str:
    await tenant.do("financialDocumentIssue", id=document, **input_)
    return document


async def invoice(tenant: Tenant, contact: str, *lines: dict[str, Any], **input_: Any) -> str:
    """An issued invoice; 120.00 with tax unless *lines* say more."""
    return await issue(tenant, await draft(tenant, contact, *lines), **input_)


async def pay(tenant: Tenant, document: str, amount: str) -> None:
    await tenant.do("financialDocumentRecordPayment", id=document, amount=amount)


async def seen(tenant: Tenant, document: str, fields: str) -> dict[str, Any]:
    query = f"query($id: ID!) {{ financialDocument(id: $id) {{ {fields} }} }}"
    return dict((await tenant.ask(query, id=document))["financialDocument"])


async def account(tenant: Tenant, contact: str, fields: str = "balance status") -> dict[str, Any]:
    query = f"query($id: ID!) {{ contact(id: $id) {{ overview {{ account {{ {fields} }} }} }} }}"
    return dict((await tenant.ask(query, id=contact))["contact"]["overview"]["account"])
