"""Lists of contacts, searched, filtered, ordered and paged, against the same in plain Python."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from tests.cast import House, Tenant
from tests.core.fields import field
from tests.core.list_oracle import COLOURS, Kept, facets, matches, ordered, searched
from tests.kit.both import Both

PAGE = """query($first: Int!, $after: String, $search: String, $where: ContactFilter,
              $orderBy: [ContactOrderBy!], $orderByCustomField: CustomFieldOrder) {
  contacts(first: $first, after: $after, search: $search, where: $where, orderBy: $orderBy,
           orderByCustomField: $orderByCustomField) {
    totalCount nodes { id } pageInfo { hasNextPage endCursor }
    facets { facet value count } } }"""
NAMES = ["Dupont", "Établissements Dupont", "Élan", "eden", "Zoé & fils", "Garage Martin", "Œuvre"]
TOWNS = [None, "Lyon", "Évreux", "eu", "Épernay", "Zuydcoote"]


@dataclass
class World:
    both: Both
    groups: list[str]
    kept: list[Kept]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(house: House) -> World:
    """Sixty contacts of two groups; both have fields, one key means two things."""
    rng, tenant = random.Random(5), await house.tenant()
    groups = [await tenant.group(name) for name in ("Sites", "Agences")]
    for group in groups:
        await field(tenant, group, "Note")
    await field(tenant, groups[0], "Size", "DECIMAL")
    await field(tenant, groups[1], "Size", "DATE")
    await field(tenant, groups[0], "Colour", "LIST", optionsText=", ".join(COLOURS))
    await field(tenant, groups[1], "Open", "BOOLEAN")
    kept = [await _contact(tenant, rng, groups) for _ in range(60)]
    return World(Both(house, tenant), groups, kept)


async def _contact(tenant: Tenant, rng: random.Random, groups: list[str]) -> Kept:
    number = rng.randrange(2)
    name, town = rng.choice(NAMES), rng.choice(TOWNS)
    reference = rng.choice([None, f"C-{rng.randrange(30)}"])
    made = await tenant.contact(name, group=groups[number], town=town, reference=reference)
    values: dict[str, Any] = {"note": rng.choice([None, "Éa", "eb", "Zut", "EC, grand"])}
    if number == 0:
        values["size"] = rng.choice([None, Decimal("1.5"), Decimal(3), Decimal("-2")])
        values["colour"] = rng.choice([None, *COLOURS])
    else:
        values["size"] = rng.choice([None, "2026-01-31", "2025-12-01"])
        values["open"] = rng.choice([None, True, False])
    given = [
        {"key": key, _way(key, number): str(value) if isinstance(value, Decimal) else value}
        for key, value in values.items()
        if value is not None
    ]
    await tenant.do("contactSetCustomValues", id=made, values=given)
    if archived := rng.random() < 0.2:
        await tenant.do("contactArchive", id=made)
    return Kept(made, groups[number], name, town, reference, archived, values)


def _way(key: str, number: int) -> str:
    return {
        "note": "text", "size": ("decimal", "date")[number], "colour": "option", "open": "boolean",
    }[key]  # fmt: skip


# --- questions -------------------------------------------------------------------------------

SEARCHES = [
    None,
    None,
    "dupont",
    "dupond",
    "elan lyon",
    "c 1",
    "oeuvre",
    "zo",
    "marton",
    "none",
    "",
]
CUSTOM = [
    {"key": "note", "eq": "Éa"},
    {"key": "note", "contains": "e"},
    {"key": "note", "ne": "Zut"},
    {"key": "note", "in": ["eb", "Zut"]},
    {"key": "size", "gte": "1.5"},
    {"key": "size", "gte": "-2", "lte": "1.5"},
    {"key": "size", "lte": "2025-12-31"},
    {"key": "size", "eq": "3.0"},
    {"key": "size", "ne": "2026-01-31"},
    {"key": "size", "isSet": False},
    {"key": "colour", "in": ["red", "blue"]},
    {"key": "colour", "ne": "green", "isSet": True},
    {"key": "open", "eq": "true"},
    {"key": "open", "isSet": True},
]
ORDERS = ["NAME_ASC", "NAME_DESC", "TOWN_ASC", "TOWN_DESC", "REFERENCE_DESC", "GROUP_ASC"]


def question(rng: random.Random, groups: list[str]) -> dict[str, Any]:
    where: dict[str, Any] = {}
    if rng.random() < 0.5:
        where["customFields"] = rng.sample(CUSTOM, rng.randrange(1, 3))
    if rng.random() < 0.3:
        where["group"] = {"in": rng.sample(groups, rng.randrange(1, 3))}
    if rng.random() < 0.3:
        where["archived"] = rng.random() < 0.5
    custom = None
    if rng.random() < 0.5:
        custom = {"key": rng.choice(["note", "size", "colour", "open"])}
        custom |= rng.choice([{}, {"descending": True}])  # type: ignore[arg-type]
    return {
        "search": rng.choice(SEARCHES), "where": where or None,
        "orderBy": rng.sample(ORDERS, rng.randrange(3)) or None, "orderByCustomField": custom,
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
async def test_r020_a_list_is_what_plain_python_makes_of_it(world: World, seed: int) -> None:
    rng = random.Random(seed)
    asked, seen, after = question(rng, world.groups), [], None
    found = searched(world.kept, asked["search"])
    where = asked["where"] or {}
    wanted = [c for c in found if matches(c, where)]
    wanted = ordered(wanted, asked["orderBy"] or [], asked["orderByCustomField"])

    while True:
        way, answer = await world.both.ask(PAGE, {**asked, "first": 7, "after": after})
        assert (way, answer["errors"]) == ("planned", set())
        page = world.both.data["contacts"]
        assert page["totalCount"] == len(wanted)
        assert page["facets"] == facets(found, where)
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert seen == [c.id for c in wanted], asked


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ({"key": "nothing", "eq": "1"}, "No custom field has the key 'nothing'."),
        (
            {"key": "size", "eq": "large"},
            "The custom field 'size' is of type DATE and DECIMAL, which has no test eq: 'large'.",
        ),
        (
            {"key": "colour", "in": ["red", "pink"]},
            "The custom field 'colour' is of type LIST, which has no test in: 'pink'.",
        ),
        (
            {"key": "note", "gte": "a"},
            "The custom field 'note' is of type TEXT, which has no test gte: 'a'.",
        ),
        (
            {"key": "open", "contains": "t"},
            "The custom field 'open' is of type BOOLEAN, which has no test contains: 't'.",
        ),
    ],
)
async def test_r020_a_value_of_the_wrong_type_is_named(
    world: World, test: dict[str, Any], message: str
) -> None:
    asked = {"first": 5, "where": {"customFields": [test]}}

    answer = await world.both.tenant.answer(PAGE, **asked)

    assert answer["data"] == {"contacts": None}
    assert {e["message"] for e in answer["errors"]} == {message}
    assert {e["extensions"]["code"] for e in answer["errors"]} == {"BAD_USER_INPUT"}
    assert (await world.both.ask(PAGE, asked))[0] == "plain"


async def test_r020_an_unknown_key_to_order_by_is_named(world: World) -> None:
    answer = await world.both.tenant.answer(PAGE, first=5, orderByCustomField={"key": "nothing"})

    assert answer["errors"][0]["message"] == "No custom field has the key 'nothing'."


async def test_a_list_costs_as_many_statements_for_many_as_for_one(world: World) -> None:
    tenant, costs = world.both.tenant, set()

    for first in (1, 50):
        await tenant.ask(
            PAGE, first=first, search="dupont", where={"customFields": [CUSTOM[0]]},
            orderByCustomField={"key": "size"},
        )  # fmt: skip
        costs.add(tenant.statements)

    assert costs == {2}  # one of them looks up what the keys mean


async def test_contacts_with_sub_contacts_are_found(tenant: Tenant) -> None:
    head = await tenant.contact("Head")
    await tenant.contact("Site", parent=head)
    query = "query($w: ContactFilter) { contacts(where: $w) { nodes { name } } }"

    async def names(value: bool) -> list[str]:
        found = await tenant.ask(query, w={"hasChildren": value})
        return [node["name"] for node in found["contacts"]["nodes"]]

    assert (await names(True), await names(False)) == (["Head"], ["Site"])
