"""The timeline of a contact: everything, newest first, in pages that miss and repeat nothing."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from core.kit import loaders, timeline
from core.kit.ids import key_in
from plugins.crm.services import notes
from tests.cast import House, Tenant
from tests.kit.both import Both
from tests.plugins.finance.cast import draft
from tests.plugins.missions.cast import mission, mission_type
from tests.plugins.people.cast import person

TIMELINE = """query($id: ID!, $first: Int! = 50, $after: String, $where: TimelineFilter,
  $scope: Scope) { contact(id: $id) {
    timeline(first: $first, after: $after, where: $where, scope: $scope) {
      totalCount pageInfo { hasNextPage startCursor endCursor }
      nodes { id kind at title detail } edges { cursor node { id } } } } }"""
BEGAN = datetime(2026, 3, 1, 8, tzinfo=UTC)
Entry = tuple[str, str]


async def note_type(tenant: Tenant) -> str:
    payload = await tenant.do("noteTypeCreate", "noteType { id }", name="Call")
    return str(payload["noteType"]["id"])


async def page(tenant: Tenant, contact: str, **given: Any) -> Any:
    return (await tenant.ask(TIMELINE, id=contact, **given))["contact"]["timeline"]


async def all_pages(tenant: Tenant, contact: str, first: int, **given: Any) -> list[Any]:
    """All entries, a page at a time."""
    found, after = [], None
    while True:
        here = await page(tenant, contact, first=first, after=after, **given)
        found += here["nodes"]
        assert [edge["node"]["id"] for edge in here["edges"]] == [n["id"] for n in here["nodes"]]
        if not here["pageInfo"]["hasNextPage"]:
            return found
        assert here["pageInfo"]["endCursor"] == here["edges"][-1]["cursor"]
        after = here["pageInfo"]["endCursor"]


async def write_notes(tenant: Tenant, contact: str, *moments: datetime) -> list[str]:
    """A note at each of *moments*; the ids as the API has them."""
    made = []
    async with tenant.session() as session:
        type_ = await notes.ensure_type(session, "Call")
    for at in moments:
        async with tenant.house.sessions.begin(tenant.actor, tenant.listeners, at) as session:
            key = key_in(contact, "contact")
            note = await notes.create(session, key, type_.id, f"At {at:%H:%M}")
            made.append(f"note_{note.id.hex}")
    return made


async def test_r029_what_every_module_keeps_of_a_contact_is_on_one_timeline_newest_first(
    tenant: Tenant,
) -> None:
    site = await tenant.contact("Site")
    type_ = await note_type(tenant)
    call = await tenant.do("noteCreate", "note { id }", contactId=site, typeId=type_, subject="Hi")
    work = await mission(tenant, site)
    bill = await draft(tenant, site)
    who = await person(tenant, site, "Martin")
    sale = await tenant.do("opportunityCreate", "opportunity { id }", contactId=site, name="Boiler")
    flag = await tenant.do("contactFlagSet", "flag { id }", contactId=site, text="Dog")
    stop = await tenant.do("contactSuspend", "suspension { id }", contactId=site, reason="Unpaid")

    kinds = ["SUSPENSION", "FLAG", "OPPORTUNITY", "PERSON", "FINANCIAL_DOCUMENT", "MISSION", "NOTE"]
    found = await page(tenant, site, where={"kinds": kinds})

    assert [(n["id"], n["kind"], n["title"], n["detail"]) for n in found["nodes"]] == [
        (stop["suspension"]["id"], "SUSPENSION", "Unpaid", "MANUAL"),
        (flag["flag"]["id"], "FLAG", "Dog", None),
        (sale["opportunity"]["id"], "OPPORTUNITY", "Boiler", "NEW"),
        (who["id"], "PERSON", "Martin", None),
        (bill, "FINANCIAL_DOCUMENT", "INVOICE", "INVOICE"),
        (work["id"], "MISSION", "M-000001", "NEW"),
        (call["note"]["id"], "NOTE", "Hi", "OPEN"),
    ]
    assert found["totalCount"] == 7


async def test_r038_every_entry_of_the_timeline_opens_by_its_id(tenant: Tenant) -> None:
    site = await tenant.contact("Site")
    await mission(tenant, site)
    await draft(tenant, site)
    await person(tenant, site, "Martin")
    await tenant.do("contactFlagSet", contactId=site, text="Dog")

    found = await tenant.ask(
        """query($id: ID!) { contact(id: $id) { timeline { nodes {
          id contact { id } node { id __typename } } } } }""",
        id=site,
    )
    nodes = found["contact"]["timeline"]["nodes"]

    assert [n["node"]["__typename"] for n in nodes] == [
        "Flag", "Person", "FinancialDocument", "Mission",
    ]  # fmt: skip
    assert all(n["node"]["id"] == n["id"] and n["contact"]["id"] == site for n in nodes)
    for node in nodes:
        opened = await tenant.ask("query($id: ID!) { node(id: $id) { id } }", id=node["id"])
        assert opened["node"]["id"] == node["id"]


async def test_r029_pages_of_any_size_miss_and_repeat_nothing_also_of_one_instant(
    tenant: Tenant,
) -> None:
    site, other = await tenant.contact("Site"), await tenant.contact("Other")
    moments = [BEGAN + timedelta(minutes=m) for m in (0, 0, 0, 1, 2, 2, 2, 2, 3)]
    made = await write_notes(tenant, site, *moments)
    await write_notes(tenant, other, *moments[:3])
    for _ in range(2):
        await mission(tenant, site)

    whole = (await page(tenant, site))["nodes"]
    walks = [await all_pages(tenant, site, size) for size in (1, 2, 3, 11, 12)]

    assert [walk == whole for walk in walks] == [True] * 5
    assert len(whole) == 11
    in_order = sorted(zip(moments, made, strict=True), reverse=True)
    assert [n["id"] for n in whole[2:]] == [key for _, key in in_order]


async def test_r029_what_is_written_while_somebody_turns_pages_shifts_nothing(
    tenant: Tenant,
) -> None:
    site = await tenant.contact("Site")
    made = await write_notes(tenant, site, *(BEGAN + timedelta(minutes=m) for m in range(6)))
    await mission_type(tenant)

    first = await page(tenant, site, first=2)
    await asyncio.gather(*(mission(tenant, site) for _ in range(3)))
    await tenant.do("noteUpdate", id=made[0], subject="Changed")
    await tenant.do("noteComplete", id=made[4])
    second = await page(tenant, site, first=2, after=first["pageInfo"]["endCursor"])
    third = await page(tenant, site, first=2, after=second["pageInfo"]["endCursor"])

    seen = [n["id"] for part in (first, second, third) for n in part["nodes"]]
    assert seen == made[::-1]
    assert third["pageInfo"]["hasNextPage"] is False
    assert third["nodes"][-1]["title"] == "Changed"


async def test_r029_entries_are_filtered_by_kind_and_by_date(tenant: Tenant) -> None:
    site = await tenant.contact("Site")
    await write_notes(tenant, site, *(BEGAN + timedelta(hours=h) for h in range(3)))
    await mission(tenant, site)

    async def titles(**where: Any) -> list[str]:
        found = await page(tenant, site, where=where)
        assert found["totalCount"] == len(found["nodes"])
        return [n["title"] for n in found["nodes"]]

    at = [(BEGAN + timedelta(hours=h)).isoformat() for h in range(3)]
    assert await titles(kinds=["MISSION"]) == ["M-000001"]
    assert await titles(kinds=["NOTE", "PERSON"]) == ["At 10:00", "At 09:00", "At 08:00"]
    assert await titles(kinds=[]) == []
    assert await titles(since=at[1], until=at[2]) == ["At 09:00"]
    assert await titles(until=at[1], kinds=["NOTE"]) == ["At 08:00"]
    assert await titles(since=at[2], kinds=["NOTE"]) == ["At 10:00"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"where": {"kinds": ["LETTER"]}}, "There is no kind 'LETTER' here. Those are: "),
        ({"first": 101}, "'first' is 101; it must be between 0 and 100."),
        ({"first": -1}, "'first' is -1; it must be between 0 and 100."),
        ({"after": "nonsense"}, "The cursor in 'after' is not one of this list."),
        (
            {"scope": {"descendants": {"at": [0]}}},
            "'scope.descendants.at' has the level 0; levels count from 1.",
        ),
    ],
)
async def test_r029_what_makes_no_sense_is_said(
    tenant: Tenant, given: dict[str, Any], message: str
) -> None:
    answer = await tenant.answer(TIMELINE, id=await tenant.contact(), **given)

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert answer["errors"][0]["message"].startswith(message)


async def test_r024_without_the_permission_a_flag_is_not_on_the_timeline_nor_is_its_kind_known(
    tenant: Tenant,
) -> None:
    site = await tenant.contact("Site")
    await tenant.do("contactFlagSet", contactId=site, text="Dog")
    await tenant.do("contactSuspend", contactId=site, reason="Unpaid")
    device = tenant.without("crm.flags", "crm.alerts")

    found = await page(device, site)
    refused = await device.answer(TIMELINE, id=site, where={"kinds": ["FLAG"]})
    kinds = await device.ask("query($id: ID!) { contact(id: $id) { timelineKinds } }", id=site)

    assert [n["kind"] for n in found["nodes"]] == ["SUSPENSION"]
    assert found["totalCount"] == 1
    assert refused["errors"][0]["message"].startswith("There is no kind 'FLAG' here.")
    assert "FLAG" not in refused["errors"][0]["message"].partition("Those are:")[2]
    assert "FLAG" not in kinds["contact"]["timelineKinds"]


async def test_r029_modules_that_are_off_add_nothing(house: House) -> None:
    small = await house.tenant(frozenset({"people"}))
    site = await small.contact("Site")
    await person(small, site, "Martin")

    found = await small.ask(
        "query($id: ID!) { contact(id: $id) { timelineKinds timeline { nodes { kind } } } }",
        id=site,
    )

    assert found["contact"]["timeline"] == {"nodes": [{"kind": "PERSON"}]}
    assert {"NOTE", "MISSION", "FLAG"}.isdisjoint(found["contact"]["timelineKinds"])


def trees() -> Iterator[tuple[dict[str, Any], set[int]]]:
    """Scopes seen from 2, and whom they name: 1 is above 2; 3 and 4 below it, 5 below 3."""
    yield {}, {2}
    yield {"descendants": {"all": True}}, {2, 3, 4, 5}
    yield {"self": False, "descendants": {"at": [1]}}, {3, 4}
    yield {"descendants": {"at": [2]}}, {2, 5}
    yield {"self": False, "ancestors": {"all": True}}, {1}
    yield {"ancestors": {"all": True}, "descendants": {"at": [1]}}, {1, 2, 3, 4}
    yield {"self": False}, set()


async def test_r009_the_timeline_looks_along_the_tree_by_scope_and_repeats_nothing(
    tenant: Tenant,
) -> None:
    made: dict[int, str] = {}
    for number, parent in {1: None, 2: 1, 3: 2, 4: 2, 5: 3, 6: 1}.items():
        above = {"parent": made[parent]} if parent else {}
        made[number] = await tenant.contact(f"C{number}", **above)
    rng = Random(3)
    whose: dict[str, int] = {}
    for number, contact in made.items():
        moments = sorted(BEGAN + timedelta(minutes=rng.randrange(5)) for _ in range(4))
        whose |= dict.fromkeys(await write_notes(tenant, contact, *moments), number)
        await person(tenant, contact, f"P{number}")

    for scope, numbers in trees():
        whole = (await page(tenant, made[2], scope=scope, where={"kinds": ["NOTE"]}))["nodes"]
        both = await page(tenant, made[2], scope=scope)
        walk = await all_pages(tenant, made[2], 3, scope=scope)

        assert {whose[n["id"]] for n in whole} == numbers
        assert len({n["id"] for n in whole}) == len(whole) == 4 * len(numbers)
        assert [n["at"] for n in whole] == sorted((n["at"] for n in whole), reverse=True)
        assert both["totalCount"] == 5 * len(numbers)
        assert walk == both["nodes"]


async def test_r009_a_large_reach_gives_the_same_pages_as_a_small_one(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = await tenant.contact("Head")
    sites = [await tenant.contact(f"S{n}", parent=head) for n in range(3)]
    stranger = await tenant.contact("Stranger")
    rng = Random(5)
    for contact in (*sites, stranger):
        await write_notes(
            tenant, contact, *(BEGAN + timedelta(minutes=rng.randrange(9)) for _ in range(5))
        )
    scope = {"descendants": {"all": True}}
    small = await all_pages(tenant, head, 4, scope=scope)

    for newest in (1, 7, 2000):  # nothing, a part, or all of the page is among the newest
        monkeypatch.setattr(timeline, "FEW", 1)
        monkeypatch.setattr(timeline, "NEWEST", newest)
        monkeypatch.setattr(loaders, "_known", OrderedDict())

        assert await all_pages(tenant, head, 4, scope=scope) == small


async def test_r010_timelines_cost_one_statement_for_one_contact_and_for_many(
    house: House, tenant: Tenant
) -> None:
    parent = await tenant.contact("Head")
    ids = [parent, *[await tenant.contact(f"S{n}", parent=parent) for n in range(9)]]
    for contact in ids:
        await person(tenant, contact, "Martin")
    query = """query($ids: [ID!]!) { contactsById(ids: $ids) { name
      timeline(scope: {descendants: {all: true}}) { totalCount nodes { id title } } } }"""
    both = Both(house, tenant)
    costs = []

    for some in (ids[:1], ids):
        await both.ask(query, {"ids": some})
        costs.append((both.statements, both.plain_statements))

    assert costs == [(3, 3), (3, 3)]  # contacts; entries; counts
    assert [len(c["timeline"]["nodes"]) for c in both.data["contactsById"]] == [10, *[1] * 9]


async def test_r029_of_another_tenants_contact_there_is_no_timeline(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    theirs = await other_tenant.contact()
    await person(other_tenant, theirs, "Martin")

    answer = await tenant.answer(TIMELINE, id=theirs)

    assert answer["data"] == {"contact": None}
    assert [e["extensions"]["code"] for e in answer["errors"]] == ["NOT_FOUND"]
