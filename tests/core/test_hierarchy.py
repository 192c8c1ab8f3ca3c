"""Who hangs below whom: moves, circles, and what is seen along the tree."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from core.contacts.models import Contact
from core.hierarchy.models import ContactClosure
from tests.cast import Tenant

PLACE = """query($id: ID!) { contact(id: $id) {
  depth childCount descendantCount version parentKind
  path { depth contact { name } } billedTo { name } parent { name } } }"""
MOVE = """mutation($i: ContactMoveInput!) {
  contactMove(input: $i) { contact { depth } userErrors { code message } } }"""


async def place(tenant: Tenant, key: str) -> dict[str, Any]:
    found: dict[str, Any] = (await tenant.ask(PLACE, id=key))["contact"]
    return found


async def path(tenant: Tenant, key: str) -> list[tuple[str, int]]:
    steps = (await place(tenant, key))["path"]
    return [(step["contact"]["name"], step["depth"]) for step in steps]


async def chain(tenant: Tenant, *names: str) -> list[str]:
    """Contacts, each below the one before."""
    made: list[str] = []
    for name in names:
        made.append(await tenant.contact(name, parent=made[-1] if made else None))
    return made


async def closure_is_true(tenant: Tenant) -> bool:
    """Whether the closure is what the parents say, row for row."""
    async with tenant.session() as session:
        parents = {c.id: c.parent_id for c in await session.scalars(select(Contact))}
        closure = await session.scalars(select(ContactClosure))
        rows = [(c.ancestor_id, c.descendant_id, c.depth) for c in closure]
    expected = set()
    for key in parents:
        above, depth = key, 0
        while above is not None:
            expected.add((above, key, depth))
            above, depth = parents[above], depth + 1
    return sorted(rows) == sorted(expected)


async def test_r007_contacts_hang_below_each_other_at_any_depth(tenant: Tenant) -> None:
    group, site, boiler = await chain(tenant, "Group", "Site", "Boiler room")

    assert await path(tenant, boiler) == [("Group", 2), ("Site", 1)]
    assert [(await place(tenant, c))["descendantCount"] for c in (group, site, boiler)] == [2, 1, 0]
    assert await closure_is_true(tenant)


async def test_r007_the_parent_of_a_billing_site_is_billed(tenant: Tenant) -> None:
    group = await tenant.contact("Group")
    site = await tenant.contact("Site", parent=group, parentKind="BILLING_SITE")
    branch = await tenant.contact("Branch", parent=group, parentKind="HEADQUARTERS_BRANCH")

    assert (await place(tenant, site))["billedTo"] == {"name": "Group"}
    assert (await place(tenant, branch))["billedTo"] == {"name": "Branch"}


async def test_r007_the_kind_of_a_link_is_other_unless_said_and_may_change(tenant: Tenant) -> None:
    _, site = await chain(tenant, "Group", "Site")
    assert (await place(tenant, site))["parentKind"] == "OTHER"

    await tenant.do("contactMove", id=site, kind="LANDLORD_TENANT")
    assert (await place(tenant, site))["parentKind"] == "LANDLORD_TENANT"

    await tenant.do("contactMove", id=site, parentId=None)
    assert (await place(tenant, site))["parentKind"] is None
    assert await tenant.refused("contactMove", id=site, kind="OTHER") == [("NO_PARENT", "kind")]
    assert await tenant.refused(
        "contactCreate", name="X", groupId=await tenant.group(), parentKind="OTHER"
    ) == [("NO_PARENT", "parentKind")]


async def test_r008_a_move_takes_the_whole_subtree_along(tenant: Tenant) -> None:
    _, b, c, d = await chain(tenant, "A", "B", "C", "D")
    x, y = await chain(tenant, "X", "Y")

    await tenant.do("contactMove", id=b, parentId=y, version=1)

    assert await path(tenant, d) == [("X", 4), ("Y", 3), ("B", 2), ("C", 1)]
    assert (await place(tenant, x))["descendantCount"] == 4
    assert [(await place(tenant, k))["version"] for k in (b, c, d)] == [2, 1, 1]
    assert await closure_is_true(tenant)


async def test_r008_a_move_within_a_tree_leaves_the_closure_true(tenant: Tenant) -> None:
    a, b, c, d = await chain(tenant, "A", "B", "C", "D")
    side = await tenant.contact("Side", parent=a)

    for key, parent in ((c, side), (c, a), (d, b), (b, c), (d, a), (c, d), (side, b)):
        await tenant.do("contactMove", id=key, parentId=parent)
        assert await closure_is_true(tenant)

    assert await path(tenant, side) == [("A", 4), ("D", 3), ("C", 2), ("B", 1)]


async def test_r008_a_circle_is_refused_with_the_way_that_would_close_it(tenant: Tenant) -> None:
    a, b, c = await chain(tenant, "A", "B", "C")

    async def refused(parent: str) -> list[dict[str, str]]:
        moved = await tenant.ask(MOVE, i={"id": a, "parentId": parent})
        errors: list[dict[str, str]] = moved["contactMove"]["userErrors"]
        return errors

    assert await refused(a) == [{"code": "CYCLE", "message": "That would close a circle: A › A."}]
    assert await refused(b) == [
        {"code": "CYCLE", "message": "That would close a circle: A › B › A."}
    ]
    assert await refused(c) == [
        {"code": "CYCLE", "message": "That would close a circle: A › B › C › A."}
    ]
    assert (await place(tenant, a))["version"] == 1
    assert await closure_is_true(tenant)


async def test_r008_two_moves_at_once_that_cross_make_no_circle(tenant: Tenant) -> None:
    for _ in range(5):
        a, b = await tenant.contact("A"), await tenant.contact("B")

        answers = await asyncio.gather(
            tenant.ask(MOVE, i={"id": a, "parentId": b}),
            tenant.ask(MOVE, i={"id": b, "parentId": a}),
        )

        codes = [[e["code"] for e in x["contactMove"]["userErrors"]] for x in answers]
        assert sorted(codes) == [[], ["CYCLE"]]
    assert await closure_is_true(tenant)


async def test_r008_leaves_added_while_their_tree_moves_move_along(tenant: Tenant) -> None:
    _, b = await chain(tenant, "A", "B")
    x = await tenant.contact("X")

    await asyncio.gather(
        *(tenant.contact(f"L{n}", parent=b) for n in range(5)),
        tenant.ask(MOVE, i={"id": b, "parentId": x}),
        tenant.ask(MOVE, i={"id": x, "parentId": await tenant.contact("Z")}),
    )

    assert (await place(tenant, x))["descendantCount"] == 6
    assert await closure_is_true(tenant)


async def test_r008_no_depth_below_64_is_refused(tenant: Tenant) -> None:
    made = await chain(tenant, *(f"L{n}" for n in range(80)))

    assert (await place(tenant, made[-1]))["depth"] == 79
    assert (await path(tenant, made[-1]))[0] == ("L0", 79)
    assert await closure_is_true(tenant)


async def test_r008_deeper_than_a_scope_can_name_is_refused(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.hierarchy.services.DEEPEST", 4)  # to build a thousand takes 9 s
    made = await chain(tenant, "L0", "L1", "L2", "L3", "L4")
    pair = await chain(tenant, "Top", "Below")

    assert await tenant.refused(
        "contactCreate", name="X", groupId=await tenant.group(), parentId=made[4]
    ) == [("TOO_DEEP", "parentId")]
    assert await tenant.refused("contactMove", id=pair[0], parentId=made[3]) == [
        ("TOO_DEEP", "parentId")
    ]
    await tenant.do("contactMove", id=pair[0], parentId=made[2])
    assert (await place(tenant, pair[1]))["depth"] == 4


async def test_a_move_is_refused_when_stale_or_to_nowhere(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    a, b = await tenant.contact("A"), await tenant.contact("B")
    foreign = await other_tenant.contact("C")

    assert await tenant.refused("contactMove", id=a, parentId=b, version=2) == [
        ("STALE_VERSION", "version")
    ]
    assert await tenant.refused("contactMove", id=a, parentId=foreign) == [
        ("NOT_FOUND", "parentId")
    ]
    assert await tenant.refused("contactMove", id=foreign, parentId=a) == [("NOT_FOUND", "id")]
    assert await tenant.refused("contactMove", id=a, parentId="b") == [("INVALID_ID", "parentId")]
    assert (await place(tenant, a))["version"] == 1


async def test_who_may_not_write_moves_nothing(tenant: Tenant) -> None:
    a, b = await tenant.contact("A"), await tenant.contact("B")

    answer = await tenant.without("contacts.write").answer(MOVE, i={"id": a, "parentId": b})

    assert answer["data"] == {"contactMove": None}
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await place(tenant, a))["parent"] is None


async def test_r011_places_in_the_tree_cost_the_same_for_one_and_for_many(tenant: Tenant) -> None:
    query = """{ contacts(first: 100) { nodes {
      depth childCount descendantCount path { contact { name } } parent { name } } } }"""
    await chain(tenant, "A", "B")
    await tenant.ask(query)
    few = tenant.statements
    await chain(tenant, *(f"C{n}" for n in range(20)))

    await tenant.ask(query)

    assert tenant.statements == few
