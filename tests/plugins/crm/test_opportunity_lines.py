"""The lines of opportunities, and what their values follow from."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.crm.rules.lines import Line
from tests.cast import Tenant

WHOLE = """opportunity { id valueExclTax cost version lines {
  position description quantity unitPrice unitCost totalExclTax totalCost } }"""


async def opened(tenant: Tenant, **more: Any) -> Any:
    made = await tenant.do(
        "opportunityCreate", WHOLE, contactId=await tenant.contact(), name="Boiler", **more
    )
    return made["opportunity"]


async def seen(tenant: Tenant, key: str) -> Any:
    found = await tenant.ask(
        f"query($id: ID!) {{ opportunity: node(id: $id) {{ ... on Opportunity {WHOLE[11:]} }} }}",
        id=key,
    )
    return found["opportunity"]


def line(description: str = "Boiler", **more: Any) -> dict[str, Any]:
    return {"description": description, "quantity": "2", "unitPrice": "10", "unitCost": "4"} | more


async def test_r030_value_and_cost_are_what_the_lines_come_to(tenant: Tenant) -> None:
    key = (await opened(tenant, valueExclTax="1"))["id"]

    made = await tenant.do(
        "opportunitySetLines", WHOLE, id=key, version=1,
        lines=[line(), line("Pipe", quantity="1.5", unitPrice="0.33", unitCost="0.0033")],
    )  # fmt: skip

    assert made["opportunity"] == {
        "id": key,
        "valueExclTax": "20.50",
        "cost": "8.00",
        "version": 2,
        "lines": [
            {"position": 0, "description": "Boiler", "quantity": "2.0000",
             "unitPrice": "10.0000", "unitCost": "4.0000", "totalExclTax": "20.00",
             "totalCost": "8.00"},
            {"position": 1, "description": "Pipe", "quantity": "1.5000",
             "unitPrice": "0.3300", "unitCost": "0.0033", "totalExclTax": "0.50",
             "totalCost": "0.00"},
        ],
    }  # fmt: skip


async def test_r030_with_lines_the_value_is_not_changed_by_hand_without_them_it_is(
    tenant: Tenant,
) -> None:
    key = (await opened(tenant))["id"]
    await tenant.do("opportunitySetLines", id=key, lines=[line()])

    refused = await tenant.refused("opportunityUpdate", id=key, valueExclTax="5")
    cost = await tenant.refused("opportunityUpdate", id=key, cost="5")
    await tenant.do("opportunitySetLines", id=key, lines=[])
    kept = await seen(tenant, key)
    changed = await tenant.do("opportunityUpdate", WHOLE, id=key, valueExclTax="5")

    assert refused == cost == [("VALUE_FROM_LINES", "valueExclTax")]
    assert (kept["valueExclTax"], kept["cost"], kept["lines"]) == ("20.00", "8.00", [])
    assert changed["opportunity"]["valueExclTax"] == "5.00"


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"description": " "}, ("TEXT_REQUIRED", "lines.1.description")),
        ({"description": "x" * 501}, ("TOO_LONG", "lines.1.description")),
        ({"quantity": "0"}, ("QUANTITY_NOT_POSITIVE", "lines.1.quantity")),
        ({"quantity": "1.00001"}, ("TOO_MANY_DECIMALS", "lines.1.quantity")),
        ({"unitPrice": "-1"}, ("AMOUNT_NEGATIVE", "lines.1.unitPrice")),
        ({"unitCost": "0.00001"}, ("TOO_MANY_DECIMALS", "lines.1.unitCost")),
        ({"quantity": "9999999999", "unitPrice": "9999999999"}, ("AMOUNT_TOO_LARGE", "lines.1")),
    ],
)
async def test_r030_a_line_that_is_none_changes_nothing(
    tenant: Tenant, wrong: dict[str, Any], refusal: tuple[str, str]
) -> None:
    key = (await opened(tenant, valueExclTax="7"))["id"]

    refused = await tenant.refused("opportunitySetLines", id=key, lines=[line(), line() | wrong])

    assert refused == [refusal]
    found = await seen(tenant, key)
    assert (found["valueExclTax"], found["lines"], found["version"]) == ("7.00", [], 1)


async def test_r030_there_are_200_lines_at_most_and_stale_ones_are_refused(tenant: Tenant) -> None:
    key = (await opened(tenant))["id"]

    many = await tenant.refused("opportunitySetLines", id=key, lines=[line()] * 201)
    await tenant.do("opportunitySetLines", id=key, lines=[line()] * 200)
    stale = await tenant.refused("opportunitySetLines", id=key, version=1, lines=[])

    assert many == [("TOO_MANY_LINES", "lines")]
    assert stale == [("STALE_VERSION", "version")]
    assert len((await seen(tenant, key))["lines"]) == 200


async def test_r006_what_the_lines_were_is_in_the_contacts_history(tenant: Tenant) -> None:
    made = await opened(tenant)
    await tenant.do("opportunitySetLines", id=made["id"], lines=[line()])
    await tenant.do("opportunitySetLines", id=made["id"], lines=[line(quantity="3")])
    await tenant.do("opportunitySetLines", id=made["id"], lines=[line(quantity="3")])

    found = await tenant.ask("{ auditEntries { nodes { rowKind changes } } }")

    lines = [
        n["changes"]["lines"] for n in found["auditEntries"]["nodes"] if "lines" in n["changes"]
    ]
    assert lines == [
        {"before": ["2 × Boiler: 10 (cost 4)"], "after": ["3 × Boiler: 10 (cost 4)"]},
        {"before": [], "after": ["2 × Boiler: 10 (cost 4)"]},
    ]


@given(
    st.decimals("0.0001", 10**6, places=4),
    st.decimals(0, 10**6, places=4),
    st.decimals(0, 10**6, places=4),
)
def test_r030_a_line_is_rounded_once_half_up(
    quantity: Decimal, price: Decimal, cost: Decimal
) -> None:
    line = Line("x", quantity, price, cost)

    assert line.total_excl_tax == (quantity * price).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert abs(line.total_cost - quantity * cost) <= Decimal("0.005")
