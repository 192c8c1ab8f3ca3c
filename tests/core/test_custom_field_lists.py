"""Lists by custom fields of every type: each test and order, and both executions alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.cast import House, Tenant
from tests.core.fields import contact, field, group, put
from tests.kit.both import Both

PAGE = """query($where: ContactFilter, $by: CustomFieldOrder, $first: Int = 50, $after: String) {
  contacts(where: $where, orderByCustomField: $by, first: $first, after: $after) {
    totalCount pageInfo { endCursor hasNextPage }
    nodes { name customValues { key type unit currency text phoneE164 decimal date dateTime boolean
      option { key } options { key label } referencedUser { name } referencedContact { name }
      display field { key } } } } }"""


@dataclass
class World:
    both: Both
    ids: dict[str, str]

    async def ask(self, **variables: Any) -> Any:
        """The list, the same both ways, in one statement and one that looks up the keys."""
        way, answer = await self.both.ask(PAGE, variables)
        assert (way, answer["errors"]) == ("planned", set()), self.both.why
        return self.both.data["contacts"]

    async def found(self, key: str, **test: Any) -> str:
        given = {
            op: self.ids.get(value, value) if isinstance(value, str) else value
            for op, value in test.items()
        }
        page = await self.ask(where={"customFields": [{"key": key, **given}]})
        assert page["totalCount"] == len(page["nodes"])
        return "".join(sorted(node["name"] for node in page["nodes"]))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(house: House) -> World:
    tenant = await house.tenant()
    sites = await group(tenant)
    for label, type_, more in (
        ("Long", "LONG_TEXT", {}),
        ("Count", "INTEGER", {}),
        ("Budget", "MONEY", {}),
        ("Instant", "DATETIME", {}),
        ("Trades", "MULTI_LIST", {"optionsText": r"Heating, Power\, light, Roofs"}),
        ("Web", "URL", {}),
        ("Mail", "EMAIL", {}),
        ("Phone", "PHONE", {}),
        ("Keeper", "REFERENCE", {"refersTo": "USER"}),
        ("Landlord", "REFERENCE", {"refersTo": "CONTACT"}),
    ):
        await field(tenant, sites, label, type_, **more)
    # D is the one without any value.
    ids = {name: await contact(tenant, sites, name) for name in "ABCD"}
    user = f"user_{tenant.user_id.hex}"
    await _fill(
        tenant, ids["A"], long="Zoé\nfirst", count="4", budget="10", instant="2026-01-31T11:00Z",
        trades=["roofs", "heating"], web="https://a.example", mail="A@example.com",
        phone="04 78 00 00 01", keeper=user, landlord=ids["B"],
    )  # fmt: skip
    await _fill(
        tenant, ids["B"], long="abc", count="12", budget="9.5", instant="2026-02-01T00:30+01:00",
        trades=["power_light"], web="https://b.example", mail="b@example.com",
        phone="+33 6 39 98 00 02", keeper=user, landlord=ids["C"],
    )  # fmt: skip
    await _fill(
        tenant, ids["C"], long="Éclair", count="-1", budget="9.50", instant="2025-01-01T00:00Z",
        trades=["roofs", "power_light"], mail="c@example.com", landlord=ids["B"],
    )  # fmt: skip
    return World(Both(house, tenant), {**ids, "user": user})


_WAYS = {
    "count": "decimal", "budget": "decimal", "instant": "dateTime", "trades": "options",
    "keeper": "referenceId", "landlord": "referenceId",
}  # fmt: skip


async def _fill(tenant: Tenant, id: str, **values: Any) -> None:
    given = [{"key": key, _WAYS.get(key, "text"): value} for key, value in values.items()]
    await put(tenant, id, *given)


TESTS: list[tuple[str, Any, str]] = [
    ("long", {"eq": "Zoé\nfirst"}, "A"),
    ("long", {"ne": "abc"}, "ACD"),
    ("long", {"in": ["abc", "Éclair", "x"]}, "BC"),
    ("long", {"contains": "ZOE"}, "A"),
    ("long", {"isSet": False}, "D"),
    ("count", {"eq": "4.0"}, "A"),
    ("count", {"gte": "4"}, "AB"),
    ("count", {"gte": "-5", "lte": "4"}, "AC"),
    ("count", {"in": ["12", "-1"]}, "BC"),
    ("count", {"ne": "12"}, "ACD"),
    ("budget", {"eq": "9.5"}, "BC"),
    ("budget", {"lte": "9.99"}, "BC"),
    ("instant", {"eq": "2026-01-31T12:00:00+01:00"}, "A"),
    ("instant", {"gte": "2026-01-31T23:30:00Z"}, "B"),
    ("instant", {"lte": "2026-01-31T11:00:00Z", "isSet": True}, "AC"),
    ("instant", {"in": ["2025-01-01T00:00:00Z"]}, "C"),
    ("trades", {"eq": "roofs"}, "AC"),
    ("trades", {"ne": "roofs"}, "BD"),
    ("trades", {"in": ["heating", "power_light"]}, "ABC"),
    ("trades", {"isSet": True}, "ABC"),
    ("web", {"eq": "https://b.example"}, "B"),
    ("web", {"isSet": False}, "CD"),
    ("mail", {"contains": "EXAMPLE"}, "ABC"),
    ("mail", {"eq": "b@example.com"}, "B"),
    ("phone", {"eq": "+33639980002"}, "B"),
    ("phone", {"eq": "04 78 00 00 01"}, "A"),
    ("phone", {"contains": "06 39"}, "B"),
    ("phone", {"in": ["+33478000001", "x"]}, "A"),
    ("keeper", {"eq": "user"}, "AB"),
    ("keeper", {"ne": "user"}, "CD"),
    ("landlord", {"eq": "B"}, "AC"),
    ("landlord", {"isSet": True}, "ABC"),
]


@pytest.mark.parametrize(("key", "test", "names"), TESTS)
async def test_r020_values_of_every_type_are_found(
    world: World, key: str, test: dict[str, Any], names: str
) -> None:
    assert await world.found(key, **test) == names


@pytest.mark.parametrize(("key", "test", "names"), TESTS)
async def test_r020_values_that_many_have_are_found_along_the_order(
    world: World, monkeypatch: pytest.MonkeyPatch, key: str, test: dict[str, Any], names: str
) -> None:
    """A page that is full before all that pass have been looked at."""
    monkeypatch.setattr("core.kit.along.FEWEST", 0)
    given = {op: world.ids.get(v, v) if isinstance(v, str) else v for op, v in test.items()}
    first = len(names) - 1
    page = await world.ask(first=first, where={"customFields": [{"key": key, **given}]})
    assert "".join(node["name"] for node in page["nodes"]) == names[:first]
    assert page["totalCount"] == len(names)
    assert page["pageInfo"]["hasNextPage"]


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("long", "BCAD"),
        ("count", "CABD"),
        ("instant", "CABD"),
        ("trades", "ABCD"),
        ("mail", "ABCD"),
        ("web", "ABCD"),
    ],
)
async def test_r020_lists_are_ordered_by_fields_of_every_type_page_by_page(
    world: World, key: str, names: str
) -> None:
    for descending in (False, True):
        by = {"key": key, "descending": descending}
        whole = [node["name"] for node in (await world.ask(by=by))["nodes"]]
        paged: list[str] = []
        after = None
        while True:
            page = await world.ask(by=by, first=1, after=after)
            paged += [node["name"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert paged == whole
        if not descending:
            assert "".join(whole) == names


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ({"key": "count", "contains": "1"}, "INTEGER, which has no test contains: '1'."),
        ({"key": "instant", "eq": "2026-01-31"}, "DATETIME, which has no test eq: '2026-01-31'."),
        ({"key": "trades", "eq": "Roofs"}, "MULTI_LIST, which has no test eq: 'Roofs'."),
        ({"key": "landlord", "eq": "somebody"}, "REFERENCE, which has no test eq: 'somebody'."),
        ({"key": "phone", "gte": "1"}, "PHONE, which has no test gte: '1'."),
    ],
)
async def test_r020_a_test_that_makes_no_sense_for_the_type_is_refused(
    world: World, test: dict[str, Any], message: str
) -> None:
    query = "query($where: ContactFilter) { contacts(where: $where) { totalCount } }"

    answer = await world.both.tenant.answer(query, where={"customFields": [test]})

    assert answer["errors"][0]["message"].endswith(message)


async def test_r034_the_overview_shows_several_answers_and_instants(world: World) -> None:
    way, answer = await world.both.ask(
        "query($id: ID!) { contact(id: $id) { overview "
        "{ customValues { key display options { key } } visibleFields } } }",
        {"id": world.ids["A"]},
    )

    assert (way, answer["errors"]) == ("mixed", set()), (way, world.both.why)
    found = world.both.data["contact"]["overview"]
    assert [(v["key"], v["display"]) for v in found["customValues"]] == [
        ("long", "Zoé\nfirst"),
        ("count", "4"),
        ("budget", "10 EUR"),
        ("instant", "2026-01-31T11:00:00Z"),
    ]
    assert "customValues" in found["visibleFields"]
