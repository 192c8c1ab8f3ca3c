"""What a scope reaches, on random trees, against a few lines of Python."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.contacts.services import create_contact, default_group
from core.kit.ids import global_id
from tests.cast import House, Tenant

RELATED = """query($id: ID!, $scope: Scope) { contact(id: $id) {
  related(scope: $scope, first: 100) { nodes { name } totalCount } } }"""

levels = st.one_of(
    st.none(),
    st.just({"all": True}),
    st.just({"all": False}),
    st.lists(st.integers(1, 5), max_size=3).map(lambda at: {"at": at}),
)
scopes = st.fixed_dictionaries({"self": st.booleans(), "ancestors": levels, "descendants": levels})
#: For each contact the one it hangs below, an earlier one, or none.
trees = st.integers(1, 9).flatmap(
    lambda n: st.tuples(*(st.none() | st.integers(0, i - 1) if i else st.none() for i in range(n)))
)


def above(tree: tuple[int | None, ...], node: int) -> list[int]:
    """The way up, nearest first."""
    parent = tree[node]
    return [] if parent is None else [parent, *above(tree, parent)]


def reached(tree: tuple[int | None, ...], start: int, scope: dict[str, Any]) -> set[int]:
    """Contact for contact: is it one that the scope names?"""

    def named(key: str, distance: int) -> bool:
        wanted = scope[key] or {}
        return bool(wanted.get("all")) or distance in wanted.get("at", ())

    found = {start} if scope["self"] else set()
    for node in range(len(tree)):
        if start in above(tree, node) and named("descendants", above(tree, node).index(start) + 1):
            found.add(node)
        if node in above(tree, start) and named("ancestors", above(tree, start).index(node) + 1):
            found.add(node)
    return found


async def grow(tenant: Tenant, tree: tuple[int | None, ...]) -> list[str]:
    async with tenant.session() as session:
        group = await default_group(session, "Sites")
        keys: list[Any] = []
        for number, parent in enumerate(tree):
            values = {
                "name": str(number),
                "group_id": group.id,
                "parent_id": None if parent is None else keys[parent],
            }
            keys.append((await create_contact(session, values))[0].id)
    return [global_id("contact", key) for key in keys]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(tree=trees, data=st.data())
async def test_r009_a_scope_reaches_exactly_the_levels_it_names_and_no_row_twice(
    house: House, tree: tuple[int | None, ...], data: st.DataObject
) -> None:
    tenant = await house.tenant()
    keys = await grow(tenant, tree)
    for start, key in enumerate(keys):
        scope = data.draw(scopes)

        related = (await tenant.ask(RELATED, id=key, scope=scope))["contact"]["related"]

        names = sorted(int(node["name"]) for node in related["nodes"])
        assert names == sorted(reached(tree, start, scope)), (tree, start, scope)
        assert related["totalCount"] == len(names)


async def test_r009_without_a_scope_a_contact_sees_itself(house: House) -> None:
    tenant = await house.tenant()
    keys = await grow(tenant, (None, 0, 1))

    related = (await tenant.ask(RELATED, id=keys[1]))["contact"]["related"]

    assert related == {"nodes": [{"name": "1"}], "totalCount": 1}


@pytest.mark.parametrize("level", [0, -1, 1001])
async def test_r009_a_level_that_there_cannot_be_is_refused(house: House, level: int) -> None:
    tenant = await house.tenant()
    (key,) = await grow(tenant, (None,))

    answer = await tenant.answer(RELATED, id=key, scope={"descendants": {"at": [level]}})

    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert f"has the level {level}" in error["message"]


async def test_r010_a_scope_costs_the_same_for_one_contact_and_for_many(house: House) -> None:
    tenant = await house.tenant()
    query = """query($s: Scope) { contacts(first: 50) { nodes {
      related(first: 40, scope: $s) { nodes { name } totalCount } } } }"""
    scope = {"ancestors": {"all": True}, "descendants": {"at": [1, 2]}}
    await grow(tenant, (None, 0))
    await tenant.ask(query, s=scope)
    few = tenant.statements
    await grow(tenant, (None, *range(30)))

    await tenant.ask(query, s=scope)

    assert tenant.statements == few
