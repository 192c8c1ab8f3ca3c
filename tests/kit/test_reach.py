"""What both executions share is held against rows read by hand: shared code has shared bugs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.kit import loaders, reach
from core.kit.ids import global_id
from tests.cast import House, Tenant
from tests.kit.both import Both

PAGE = """query($id: ID!, $first: Int!, $after: String, $scope: Scope) {
  contact(id: $id) { visits(first: $first, after: $after, scope: $scope) {
    totalCount pageInfo { hasNextPage endCursor } nodes { id } } } }"""
SCOPES: list[dict[str, Any]] = [
    {},
    {"self": True, "descendants": {"all": True}},
    {"self": False, "descendants": {"all": True}},
    {"descendants": {"at": [1]}},
    {"self": False, "descendants": {"at": [2]}},
    {"ancestors": {"all": True}},
    {"self": False, "ancestors": {"at": [1, 3]}},
    {"ancestors": {"all": True}, "descendants": {"all": True}},
    {"self": False, "ancestors": {"at": [1]}, "descendants": {"at": [1]}},
    {"self": False},
]


class Rows:
    """The tenant's contacts and visits, read without the gateway."""

    def __init__(self, parents: dict[Any, Any], visits: list[Any]) -> None:
        self.parents, self.visits = parents, visits

    @classmethod
    async def read(cls, house: House, tenant: Tenant) -> Rows:
        contacts = await house.owner.fetch(
            "select id, parent_id from core_contact where tenant_id = $1", tenant.id
        )
        visits = await house.owner.fetch(
            "select id, contact_id, updated_at from loyalty_visit where tenant_id = $1", tenant.id
        )
        return cls({c["id"]: c["parent_id"] for c in contacts}, visits)

    def above(self, contact: Any) -> list[Any]:
        parent = self.parents[contact]
        return [] if parent is None else [parent, *self.above(parent)]

    def named(self, contact: Any, scope: dict[str, Any]) -> set[Any]:
        found = {contact} if scope.get("self", True) else set()
        for other in self.parents:
            for way, chain, end in (
                ("ancestors", self.above(contact), other),
                ("descendants", self.above(other), contact),
            ):
                levels = scope.get(way)
                if levels and end in chain:
                    distance = chain.index(end) + 1
                    if levels.get("all") or distance in levels.get("at", []):
                        found.add(other)
        return found

    def expected(self, contact: Any, scope: dict[str, Any]) -> list[str]:
        within = self.named(contact, scope)
        rows = [v for v in self.visits if v["contact_id"] in within]
        rows.sort(key=lambda v: (v["updated_at"], v["id"].int), reverse=True)
        return [global_id("visit", v["id"]) for v in rows]


#: SMALL, MIDDLE and NEWEST, for each way that a page may go.
BOUNDS = {
    "one by one": (100, 2000, 2000),
    "roll-up at once": (0, 2000, 2000),
    "newest": (0, 0, 2000),
    "roll-up after all": (0, 0, 3),
}


@pytest.fixture(params=list(BOUNDS))
def branch(request: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Bounds so low that a tree of ten contacts takes each of the ways."""
    for bound, number in zip(("SMALL", "MIDDLE", "NEWEST"), BOUNDS[request.param], strict=True):
        monkeypatch.setattr(reach, bound, number)
    loaders._known.clear()
    yield request.param
    loaders._known.clear()


@pytest.mark.parametrize("scope", SCOPES, ids=str)
async def test_r009_pages_along_the_tree_show_each_row_once(
    house: House, peopled: Tenant, branch: str, scope: dict[str, Any]
) -> None:
    rows, both = await Rows.read(house, peopled), Both(house, peopled)

    for contact in list(rows.parents)[::3]:
        expected, seen, after = rows.expected(contact, scope), [], None
        while True:
            variables = {"id": global_id("contact", contact), "first": 9, "after": after}
            _, _ = await both.ask(PAGE, {**variables, "scope": scope})
            page = both.data["contact"]["visits"]
            assert page["totalCount"] == len(expected)
            seen += [node["id"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert seen == expected, (branch, scope)


async def test_r010_a_page_along_the_tree_costs_one_statement_planned_and_three_plain(
    house: House, peopled: Tenant
) -> None:
    rows, both = await Rows.read(house, peopled), Both(house, peopled)
    counts = set()

    for contact in rows.parents:
        variables = {"id": global_id("contact", contact), "first": 4, "scope": SCOPES[1]}
        way, _ = await both.ask(PAGE, variables)
        counts.add((way, both.statements, both.plain_statements))

    assert counts == {("planned", 1, 3)}
