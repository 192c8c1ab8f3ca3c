"""Opportunities: opened, moved from stage to stage, won and lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from plugins.crm.models import Opportunity
from tests.cast import Tenant

WHOLE = """opportunity { id name status valueExclTax cost expectedClose ownerName version
  stage { name probability } }"""
STAGES = "{ opportunityStages { nodes { id name probability colour position } } }"


async def open_one(tenant: Tenant, contact: str, name: str = "Boiler", **more: Any) -> Any:
    payload = await tenant.do("opportunityCreate", WHOLE, contactId=contact, name=name, **more)
    return payload["opportunity"]


async def stages(tenant: Tenant) -> dict[str, str]:
    found = (await tenant.ask(STAGES))["opportunityStages"]["nodes"]
    return {stage["name"]: stage["id"] for stage in found}


async def count(tenant: Tenant) -> int:
    async with tenant.session() as session:
        return int(await session.scalar(select(func.count()).select_from(Opportunity)) or 0)


async def test_r030_an_opportunity_begins_new_in_the_first_stage_and_is_its_creators(
    tenant: Tenant,
) -> None:
    made = await open_one(
        tenant, await tenant.contact(), valueExclTax="1200.50", expectedClose="2026-06-30"
    )

    assert made.pop("id").startswith("opportunity_")
    assert made == {
        "name": "Boiler",
        "status": "NEW",
        "valueExclTax": "1200.50",
        "cost": "0.00",
        "expectedClose": "2026-06-30",
        "ownerName": "Camille",
        "version": 1,
        "stage": {"name": "Prospect", "probability": 10},
    }


async def test_r030_the_default_stages_are_made_on_first_use_and_once(tenant: Tenant) -> None:
    assert await stages(tenant) == {}
    contact = await tenant.contact()

    await asyncio.gather(*(open_one(tenant, contact) for _ in range(6)))

    found = (await tenant.ask(STAGES))["opportunityStages"]["nodes"]
    assert [(s["name"], s["probability"], s["position"]) for s in found] == [
        ("Prospect", 10, 0),
        ("Qualified", 20, 1),
        ("Visit", 40, 2),
        ("Quotation", 60, 3),
        ("Negotiation", 80, 4),
    ]
    assert len({s["colour"] for s in found}) == 5


async def test_r030_the_stages_are_the_tenants_own_list(tenant: Tenant) -> None:
    given = {"name": "Signature", "probability": 95, "colour": "#ABCDEF"}
    returns = "opportunityStage { id position colour }"

    made = (await tenant.do("opportunityStageCreate", returns, **given))["opportunityStage"]
    await tenant.do("opportunityStageUpdate", id=made["id"], name="Signed", position=0)

    assert (made["position"], made["colour"]) == (5, "#abcdef")
    assert list(await stages(tenant))[:2] == ["Prospect", "Signed"]
    for wrong, code, field in (
        ({"name": "visit"}, "NAME_TAKEN", "name"),
        ({"probability": 101}, "PROBABILITY_OUT_OF_RANGE", "probability"),
        ({"colour": "red"}, "INVALID_COLOUR", "colour"),
        ({"position": -1}, "POSITION_OUT_OF_RANGE", "position"),
    ):
        assert await tenant.refused("opportunityStageCreate", **(given | wrong)) == [(code, field)]
    assert len(await stages(tenant)) == 6


async def test_r030_the_stage_history_keeps_each_move_with_who_and_when(tenant: Tenant) -> None:
    made = await open_one(tenant, await tenant.contact())
    by_name = await stages(tenant)

    for name in ("Visit", "Visit", "Qualified"):
        await tenant.do("opportunityMoveStage", id=made["id"], stageId=by_name[name])

    found = await tenant.ask(
        """query($id: ID!) { opportunity(id: $id) { version stageHistory { totalCount
           nodes { at changedBy fromStage { name } toStage { name } } } } }""",
        id=made["id"],
    )
    steps = found["opportunity"]["stageHistory"]["nodes"]
    ways = [((s["fromStage"] or {"name": None})["name"], s["toStage"]["name"]) for s in steps]
    assert ways == [(None, "Prospect"), ("Prospect", "Visit"), ("Visit", "Qualified")]
    assert {s["changedBy"] for s in steps} == {"Camille"}
    assert found["opportunity"]["version"] == 3


async def test_r030_an_opportunity_is_won_or_lost_once_and_moves_no_more(tenant: Tenant) -> None:
    made = await open_one(tenant, await tenant.contact())
    visit = (await stages(tenant))["Visit"]

    async def become(mutation: str, **more: Any) -> tuple[str, bool]:
        payload = await tenant.do(
            mutation, "opportunity { status closedAt }", id=made["id"], **more
        )
        return payload["opportunity"]["status"], payload["opportunity"]["closedAt"] is not None

    assert await tenant.refused("opportunityReopen", id=made["id"]) == [
        ("ILLEGAL_TRANSITION", "id")
    ]
    assert await become("opportunityHold") == ("ON_HOLD", False)
    assert await become("opportunityClose", outcome="WON") == ("WON", True)
    assert await tenant.refused("opportunityMoveStage", id=made["id"], stageId=visit) == [
        ("ILLEGAL_TRANSITION", "id")
    ]
    assert await tenant.refused("opportunityClose", id=made["id"], outcome="LOST") == [
        ("ILLEGAL_TRANSITION", "id")
    ]
    assert await become("opportunityReopen") == ("NEW", False)
    assert await become("opportunityClose", outcome="LOST") == ("LOST", True)


@pytest.mark.parametrize("field", ["valueExclTax", "cost"])
@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("0.001", "TOO_MANY_DECIMALS"),
        ("100.999", "TOO_MANY_DECIMALS"),
        ("-0.01", "AMOUNT_NEGATIVE"),
        ("1000000000000", "AMOUNT_TOO_LARGE"),
    ],
)
async def test_r030_an_amount_is_refused_rather_than_rounded(
    tenant: Tenant, field: str, amount: str, code: str
) -> None:
    contact = await tenant.contact()
    kept = await open_one(tenant, contact, **{field: "10.10"})
    given = {field: amount}

    created = await tenant.refused("opportunityCreate", contactId=contact, name="x", **given)
    updated = await tenant.refused("opportunityUpdate", id=kept["id"], **given)

    assert created == updated == [(code, field)]
    assert await count(tenant) == 1
    found = await tenant.ask("{ opportunities { nodes { valueExclTax cost version } } }")
    (node,) = found["opportunities"]["nodes"]
    assert node == {"valueExclTax": "0.00", "cost": "0.00", "version": 1} | {field: "10.10"}


async def test_r030_trailing_zeros_are_no_decimals(tenant: Tenant) -> None:
    made = await open_one(tenant, await tenant.contact(), valueExclTax="12.5000", cost="1e2")

    assert (made["valueExclTax"], made["cost"]) == ("12.50", "100.00")


async def test_r030_opportunities_are_filtered_and_ordered(tenant: Tenant) -> None:
    contact = await tenant.contact()
    small = await open_one(tenant, contact, "small", valueExclTax="10", expectedClose="2026-05-01")
    await open_one(tenant, contact, "large", valueExclTax="1000", expectedClose="2026-04-01")
    await tenant.do("opportunityClose", id=small["id"], outcome="WON")
    query = """query($id: ID!, $where: OpportunityFilter, $orderBy: [OpportunityOrderBy!]) {
      contact(id: $id) { opportunities(where: $where, orderBy: $orderBy) { nodes { name } }
        overview { recentOpportunities { hasMore nodes { name } } } } }"""

    async def found(where: Any = None, order: Any = None) -> list[str]:
        data = (await tenant.ask(query, id=contact, where=where, orderBy=order))["contact"]
        recent = data["overview"]["recentOpportunities"]
        assert recent == {"hasMore": False, "nodes": [{"name": "small"}, {"name": "large"}]}
        return [node["name"] for node in data["opportunities"]["nodes"]]

    assert await found() == ["small", "large"]
    assert await found(order=["VALUE_EXCL_TAX_DESC"]) == ["large", "small"]
    assert await found(order=["EXPECTED_CLOSE_ASC"]) == ["large", "small"]
    assert await found({"status": {"in": ["NEW", "ON_HOLD"]}}) == ["large"]
    assert await found({"valueExclTax": {"gte": "10.01"}}) == ["large"]
    assert await found({"stage": {"eq": (await stages(tenant))["Visit"]}}) == []


async def test_r005_a_stale_version_changes_nothing(tenant: Tenant) -> None:
    made = (await open_one(tenant, await tenant.contact()))["id"]
    visit = (await stages(tenant))["Visit"]
    await tenant.do("opportunityUpdate", id=made, version=1, name="Heat pump")

    for mutation, more in (
        ("opportunityUpdate", {"name": "Late"}),
        ("opportunityMoveStage", {"stageId": visit}),
        ("opportunityClose", {"outcome": "WON"}),
        ("opportunityHold", {}),
    ):
        assert await tenant.refused(mutation, id=made, version=1, **more) == [
            ("STALE_VERSION", "version")
        ]

    found = await tenant.ask("{ opportunities { nodes { name status version } } }")
    assert found["opportunities"]["nodes"] == [{"name": "Heat pump", "status": "NEW", "version": 2}]


async def test_another_tenants_opportunities_and_stages_are_not_there(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    made = (await open_one(tenant, await tenant.contact()))["id"]
    visit = (await stages(tenant))["Visit"]
    contact = await other_tenant.contact()
    theirs = (await open_one(other_tenant, contact))["id"]

    assert await other_tenant.refused("opportunityUpdate", id=made) == [("NOT_FOUND", "id")]
    assert await other_tenant.refused("opportunityMoveStage", id=theirs, stageId=visit) == [
        ("NOT_FOUND", "stageId")
    ]
    assert await other_tenant.refused(
        "opportunityCreate", contactId=contact, name="x", stageId=visit
    ) == [("NOT_FOUND", "stageId")]
    assert await other_tenant.refused("opportunityStageUpdate", id=visit, name="x") == [
        ("NOT_FOUND", "id")
    ]
    assert await count(other_tenant) == 1


async def test_without_the_permission_no_opportunity_is_written(tenant: Tenant) -> None:
    contact = await tenant.contact()

    answer = await tenant.without("crm.write").answer(
        "mutation($i: OpportunityCreateInput!) { opportunityCreate(input: $i) { __typename } }",
        i={"contactId": contact, "name": "x"},
    )

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await count(tenant), await stages(tenant)) == (0, {})
