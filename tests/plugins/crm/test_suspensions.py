"""Suspensions: whom they reach, what is said of them, and how they end."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from plugins.crm.models import Suspension
from tests.cast import Tenant

EFFECTIVE = """query($id: ID!) { contact(id: $id) { isSuspended
  effectiveSuspensions { reason distance cause suspendedBy since contact { name } } } }"""
PREVIEW = """query($id: ID!, $scope: Scope!, $first: Int = 50, $after: String) {
  previewSuspension(contactId: $id, scope: $scope, first: $first, after: $after) {
    totalCount nodes { name } pageInfo { hasNextPage endCursor } } }"""
ALL = {"all": True}


ONE = "query($id: ID!) { suspension(id: $id) { reason } }"


@pytest.fixture
async def tree(tenant: Tenant) -> dict[str, str]:
    """A headquarters with two sites, the first of which has two buildings and a boiler."""
    made: dict[str, str] = {}
    for name, parent in (
        ("headquarters", None),
        ("site", "headquarters"),
        ("sibling", "headquarters"),
        ("building", "site"),
        ("annexe", "site"),
        ("boiler", "building"),
    ):
        above = {"parent": made[parent]} if parent else {}
        made[name] = await tenant.contact(name, **above)
    return made


async def suspend(tenant: Tenant, contact: str, reason: str = "unpaid", **scope: Any) -> str:
    payload = await tenant.do(
        "contactSuspend", "suspension { id }", contactId=contact, reason=reason, scope=scope
    )
    return str(payload["suspension"]["id"])


async def reached(tenant: Tenant, tree: dict[str, str]) -> dict[str, list[tuple[str, int]]]:
    """For each contact that is on stop: the origins of its suspensions, and how far."""
    found = {}
    for name, key in tree.items():
        contact = (await tenant.ask(EFFECTIVE, id=key))["contact"]
        places = [(s["contact"]["name"], s["distance"]) for s in contact["effectiveSuspensions"]]
        assert contact["isSuspended"] is bool(places)
        if places:
            found[name] = places
    return found


async def preview(tenant: Tenant, contact: str, **scope: Any) -> tuple[int, list[str]]:
    page = (await tenant.ask(PREVIEW, id=contact, scope=scope))["previewSuspension"]
    return page["totalCount"], [node["name"] for node in page["nodes"]]


async def count(tenant: Tenant) -> int:
    async with tenant.session() as session:
        return int(await session.scalar(select(func.count()).select_from(Suspension)) or 0)


async def test_r025_a_suspension_says_its_reason_cause_author_and_time(
    tenant: Tenant, tree: dict[str, str]
) -> None:
    await suspend(tenant, tree["site"], "Three invoices unpaid")

    (found,) = (await tenant.ask(EFFECTIVE, id=tree["site"]))["contact"]["effectiveSuspensions"]

    assert found.pop("since").startswith("20")
    assert found == {
        "reason": "Three invoices unpaid",
        "distance": 0,
        "cause": "MANUAL",
        "suspendedBy": "Camille",
        "contact": {"name": "site"},
    }


async def test_r025_an_upward_scope_does_not_reach_siblings(
    tenant: Tenant, tree: dict[str, str]
) -> None:
    await suspend(tenant, tree["site"], self=False, ancestors=ALL)

    assert await reached(tenant, tree) == {"headquarters": [("site", -1)]}


async def test_r025_a_downward_scope_reaches_all_levels_below(
    tenant: Tenant, tree: dict[str, str]
) -> None:
    await suspend(tenant, tree["site"], descendants=ALL)

    assert await reached(tenant, tree) == {
        "site": [("site", 0)],
        "building": [("site", 1)],
        "annexe": [("site", 1)],
        "boiler": [("site", 2)],
    }


async def test_r025_a_single_level_is_reached_alone(tenant: Tenant, tree: dict[str, str]) -> None:
    await suspend(tenant, tree["headquarters"], self=False, descendants={"at": [2, 2]})

    assert await reached(tenant, tree) == {
        "building": [("headquarters", 2)],
        "annexe": [("headquarters", 2)],
    }


async def test_r025_several_suspensions_are_listed_the_nearest_first(
    tenant: Tenant, tree: dict[str, str]
) -> None:
    await suspend(tenant, tree["headquarters"], self=False, descendants=ALL)
    await suspend(tenant, tree["boiler"], self=False, ancestors={"at": [1]})
    await suspend(tenant, tree["building"])

    assert (await reached(tenant, tree))["building"] == [
        ("building", 0),
        ("boiler", -1),
        ("headquarters", 2),
    ]


async def test_r025_a_contact_that_moves_below_a_suspended_one_is_reached(
    tenant: Tenant, tree: dict[str, str]
) -> None:
    await suspend(tenant, tree["sibling"], self=False, descendants=ALL)

    await tenant.do("contactMove", id=tree["building"], parentId=tree["sibling"])

    assert await reached(tenant, tree) == {
        "building": [("sibling", 1)],
        "boiler": [("sibling", 2)],
    }


async def test_r025_the_preview_names_exactly_those_whom_the_suspension_reaches(
    tenant: Tenant, tree: dict[str, str]
) -> None:
    scope = {"ancestors": ALL, "descendants": {"at": [1]}}

    seen = await preview(tenant, tree["site"], **scope)
    assert await reached(tenant, tree) == {}
    await suspend(tenant, tree["site"], **scope)

    assert seen == (4, ["annexe", "building", "headquarters", "site"])
    assert sorted(await reached(tenant, tree)) == seen[1]


async def test_r025_a_preview_comes_in_pages(tenant: Tenant, tree: dict[str, str]) -> None:
    ask: dict[str, Any] = {"id": tree["headquarters"], "scope": {"descendants": ALL}, "first": 4}

    page = (await tenant.ask(PREVIEW, **ask))["previewSuspension"]
    after = page["pageInfo"]["endCursor"]
    rest = (await tenant.ask(PREVIEW, **ask, after=after))["previewSuspension"]

    assert page["totalCount"] == rest["totalCount"] == 6
    names = ["annexe", "boiler", "building", "headquarters"]
    assert [n["name"] for n in page["nodes"]] == names
    assert [n["name"] for n in rest["nodes"]] == ["sibling", "site"]
    assert (page["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


@pytest.mark.parametrize(
    ("scope", "code", "field"),
    [
        ({"self": False}, "SCOPE_EMPTY", "scope"),
        ({"self": False, "descendants": {"at": []}}, "SCOPE_EMPTY", "scope"),
        ({"self": False, "descendants": {"all": False}}, "SCOPE_EMPTY", "scope"),
        ({"descendants": {"at": [0]}}, "LEVEL_OUT_OF_RANGE", "scope.descendants.at"),
        ({"ancestors": {"at": [1, 1001]}}, "LEVEL_OUT_OF_RANGE", "scope.ancestors.at"),
        ({"ancestors": {"at": [-1]}}, "LEVEL_OUT_OF_RANGE", "scope.ancestors.at"),
    ],
)
async def test_r025_a_scope_that_means_nobody_is_refused_and_nothing_written(
    tenant: Tenant, scope: dict[str, Any], code: str, field: str
) -> None:
    contact = await tenant.contact()

    refused = await tenant.refused("contactSuspend", contactId=contact, reason="x", scope=scope)
    answer = await tenant.answer(PREVIEW, id=contact, scope=scope)

    assert refused == [(code, field)]
    assert [e["extensions"]["reason"] for e in answer["errors"]] == [code]
    assert await count(tenant) == 0


@pytest.mark.parametrize("given", [{}, {"reason": ""}, {"reason": " \n "}])
async def test_r025_a_suspension_without_a_reason_is_refused(
    tenant: Tenant, given: dict[str, str]
) -> None:
    contact = await tenant.contact()

    assert await tenant.refused("contactSuspend", contactId=contact, **given) == [
        ("REASON_REQUIRED", "reason")
    ]
    assert await count(tenant) == 0


async def test_r025_a_reason_has_500_characters_at_most(tenant: Tenant) -> None:
    contact = await tenant.contact()

    await suspend(tenant, contact, "x" * 500)

    assert await tenant.refused("contactSuspend", contactId=contact, reason="x" * 501) == [
        ("TOO_LONG", "reason")
    ]
    assert await count(tenant) == 1


async def test_r025_lifting_a_suspension_keeps_it_in_the_history(
    tenant: Tenant, tree: dict[str, str]
) -> None:
    first = await suspend(tenant, tree["site"], "first", descendants=ALL)
    await suspend(tenant, tree["site"], "second")

    await tenant.do("suspensionLift", id=first, reason="All is paid")

    history = """query($id: ID!) { contact(id: $id) {
      all: suspensions(orderBy: [SINCE_ASC]) {
        nodes { reason liftReason liftedBy scope { self allDescendants descendantLevels } } }
      running: suspensions(where: {lifted: false}) { totalCount nodes { reason } } } }"""
    found = (await tenant.ask(history, id=tree["site"]))["contact"]
    own = {"self": True, "allDescendants": False, "descendantLevels": []}
    assert found["all"]["nodes"] == [
        {
            "reason": "first",
            "liftReason": "All is paid",
            "liftedBy": "Camille",
            "scope": own | {"allDescendants": True},
        },
        {"reason": "second", "liftReason": None, "liftedBy": None, "scope": own},
    ]
    assert found["running"] == {"totalCount": 1, "nodes": [{"reason": "second"}]}
    assert await reached(tenant, tree) == {"site": [("site", 0)]}


async def test_r025_a_suspension_is_lifted_once_and_by_those_who_have_seen_it(
    tenant: Tenant,
) -> None:
    suspension = await suspend(tenant, await tenant.contact())

    assert await tenant.refused("suspensionLift", id=suspension, version=7) == [
        ("STALE_VERSION", "version")
    ]
    await tenant.do("suspensionLift", "suspension { version }", id=suspension, version=1)
    assert await tenant.refused("suspensionLift", id=suspension) == [("ALREADY_LIFTED", "id")]


async def test_another_tenants_contacts_and_suspensions_are_not_there(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    contact = await tenant.contact()
    suspension = await suspend(tenant, contact)

    assert await other_tenant.refused("suspensionLift", id=suspension) == [("NOT_FOUND", "id")]
    assert await other_tenant.refused("contactSuspend", contactId=contact, reason="x") == [
        ("NOT_FOUND", "contactId")
    ]
    answers = [
        await other_tenant.answer(PREVIEW, id=contact, scope={}),
        await other_tenant.answer(ONE, id=suspension),
    ]
    assert [a["errors"][0]["extensions"]["code"] for a in answers] == ["NOT_FOUND", "NOT_FOUND"]
    unknown = contact[:-4] + "0000"
    known, missing = [
        str(await other_tenant.answer(PREVIEW, id=key, scope={})).replace(key, "")
        for key in (contact, unknown)
    ]
    assert known == missing
    assert await count(tenant) == 1


async def test_without_the_permission_nobody_is_put_on_stop(tenant: Tenant) -> None:
    contact = await tenant.contact()
    reader = tenant.without("crm.suspend")

    answers = [
        await reader.answer(
            "mutation($i: ContactSuspendInput!) { contactSuspend(input: $i) { __typename } }",
            i={"contactId": contact, "reason": "x"},
        ),
        await reader.answer(PREVIEW, id=contact, scope={}),
    ]

    assert [a["errors"][0]["extensions"]["code"] for a in answers] == ["FORBIDDEN", "FORBIDDEN"]
    assert await count(tenant) == 0


async def test_r025_effective_suspensions_of_a_page_cost_the_same_for_one_and_for_many(
    tenant: Tenant, tree: dict[str, str]
) -> None:
    page = """query($n: Int!) { contacts(first: $n) { nodes { name isSuspended
      effectiveSuspensions { reason distance cause suspendedBy contact { name } } } } }"""
    await suspend(tenant, tree["headquarters"], descendants=ALL)
    await suspend(tenant, tree["boiler"], ancestors=ALL)

    await tenant.ask(page, n=1)
    one = tenant.statements
    found = (await tenant.ask(page, n=20))["contacts"]["nodes"]

    assert tenant.statements == one
    counts = {contact["name"]: len(contact["effectiveSuspensions"]) for contact in found}
    assert counts == {
        "annexe": 1, "boiler": 2, "building": 2, "headquarters": 2, "sibling": 1, "site": 2,
    }  # fmt: skip
