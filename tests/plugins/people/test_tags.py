"""Tags of persons: the tenant's own list, given to one person or to many."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.kit.ids import global_id, new_id
from tests.cast import Tenant
from tests.plugins.people.cast import contact, counted, person

TAGS = "query($id: ID!) { person(id: $id) { version tags { name colour } } }"


async def tag(tenant: Tenant, name: str, colour: str = "#1d4ed8") -> str:
    made = await tenant.do("personTagCreate", "personTag { id }", name=name, colour=colour)
    return str(made["personTag"]["id"])


async def tags_of(tenant: Tenant, key: str) -> list[str]:
    return [t["name"] for t in (await tenant.ask(TAGS, id=key))["person"]["tags"]]


async def test_r042_a_person_has_several_tags_each_with_its_name_and_colour(
    tenant: Tenant,
) -> None:
    finance, boss = await tag(tenant, "Finance", "#0F766E"), await tag(tenant, "CEO")
    someone = await person(tenant, None, "Noël")

    made = await tenant.do(
        "personSetTags", "person { version tags { name colour } }",
        id=someone["id"], tagIds=[finance, boss],
    )  # fmt: skip

    assert made["person"] == {
        "version": 2,
        "tags": [{"name": "CEO", "colour": "#1d4ed8"}, {"name": "Finance", "colour": "#0f766e"}],
    }
    await tenant.do("personSetTags", id=someone["id"], tagIds=[boss])
    assert await tags_of(tenant, someone["id"]) == ["CEO"]
    await tenant.do("personSetTags", id=someone["id"], tagIds=[])
    assert await tags_of(tenant, someone["id"]) == []


async def test_r042_a_tag_cannot_be_invented_on_the_person(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    someone = await person(tenant, None, "Noël")
    theirs = await tag(other_tenant, "Theirs")

    for invented, code in (
        (global_id("person_tag", new_id()), "NOT_FOUND"),
        (theirs, "NOT_FOUND"),
        ("Finance", "INVALID_ID"),
    ):
        found = await tenant.refused("personSetTags", id=someone["id"], tagIds=[invented])
        assert found == [(code, "tagIds")]

    assert (await tenant.ask(TAGS, id=someone["id"]))["person"] == {"version": 1, "tags": []}


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"name": "  ", "colour": "#000000"}, ("NAME_EMPTY", "name")),
        ({"name": "x" * 101, "colour": "#000000"}, ("TOO_LONG", "name")),
        ({"name": "a\x07b", "colour": "#000000"}, ("INVALID_CHARACTERS", "name")),
        ({"name": "Finance", "colour": "blue"}, ("INVALID_COLOUR", "colour")),
        ({"name": "Finance", "colour": "#12345"}, ("INVALID_COLOUR", "colour")),
        ({"name": "FINÀNCE", "colour": "#000000"}, ("NAME_TAKEN", "name")),
    ],
)
async def test_r042_what_is_wrong_with_a_tag_is_refused(
    tenant: Tenant, given: dict[str, Any], refusal: tuple[str, str]
) -> None:
    await tag(tenant, "finance")

    assert await tenant.refused("personTagCreate", **given) == [refusal]

    found = await tenant.ask("{ personTags { nodes { name } } }")
    assert found == {"personTags": {"nodes": [{"name": "finance"}]}}


async def test_r042_a_tag_is_renamed_and_recoloured_wherever_it_is(tenant: Tenant) -> None:
    key, someone = await tag(tenant, "Boss"), await person(tenant, None, "Noël")
    await tenant.do("personSetTags", id=someone["id"], tagIds=[key])

    await tenant.do("personTagUpdate", id=key, version=1, name="Direction", colour="#DC2626")

    found = await tenant.ask(TAGS, id=someone["id"])
    assert found["person"]["tags"] == [{"name": "Direction", "colour": "#dc2626"}]
    assert await tenant.refused("personTagUpdate", id=key, version=1, name="Else") == [
        ("STALE_VERSION", "version")
    ]


async def test_r042_an_archived_tag_stays_where_it_is_and_goes_nowhere_else(
    tenant: Tenant,
) -> None:
    old, new = await tag(tenant, "Fax"), await tag(tenant, "Mail")
    one, other = await person(tenant, None, "Noël"), await person(tenant, None, "Garnier")
    await tenant.do("personSetTags", id=one["id"], tagIds=[old])

    await tenant.do("personTagArchive", id=old)

    await tenant.do("personSetTags", id=one["id"], tagIds=[old, new])
    assert await tags_of(tenant, one["id"]) == ["Fax", "Mail"]
    assert await tenant.refused("personSetTags", id=other["id"], tagIds=[old]) == [
        ("TAG_ARCHIVED", "tagIds")
    ]
    many = await tenant.refused("personTagMany", personIds=[other["id"]], addTagIds=[old])
    assert many == [("TAG_ARCHIVED", "addTagIds")]
    shown = await tenant.ask("{ personTags(where: {archived: false}) { nodes { name } } }")
    assert shown == {"personTags": {"nodes": [{"name": "Mail"}]}}
    await tenant.do("personTagUnarchive", id=old)
    await tenant.do("personSetTags", id=other["id"], tagIds=[old])


async def test_r042_many_persons_get_and_lose_tags_in_a_fixed_number_of_statements(
    tenant: Tenant,
) -> None:
    old, new = await tag(tenant, "Old"), await tag(tenant, "New")
    people = [(await person(tenant, None, f"P{number}"))["id"] for number in range(12)]
    await tenant.do("personTagMany", "count", personIds=people[:6], addTagIds=[old])

    sent = []
    for some in (people[:2], people[2:]):
        with counted(tenant) as statements:
            made = await tenant.do(
                "personTagMany", "count", personIds=some, addTagIds=[new], removeTagIds=[old]
            )
        assert made["count"] == len(some)
        sent.append(len(statements))

    assert sent[0] == sent[1] < 20
    found = await tenant.ask("{ persons { nodes { version tags { name } } } }")
    assert [p["tags"] for p in found["persons"]["nodes"]] == [[{"name": "New"}]] * 12
    assert sorted(p["version"] for p in found["persons"]["nodes"]) == [2] * 6 + [3] * 6
    again = await tenant.do("personTagMany", "count", personIds=people, addTagIds=[new])
    assert again["count"] == 0


async def test_r042_many_persons_are_tagged_all_or_none(tenant: Tenant) -> None:
    key, someone = await tag(tenant, "New"), (await person(tenant, None, "Noël"))["id"]
    nobody = global_id("person", new_id())

    refused = await tenant.refused("personTagMany", personIds=[someone, nobody], addTagIds=[key])
    both = await tenant.refused(
        "personTagMany", personIds=[someone], addTagIds=[key], removeTagIds=[key]
    )

    assert (refused, both) == (
        [("NOT_FOUND", "personIds")], [("TAG_GIVEN_AND_TAKEN", "removeTagIds")]
    )  # fmt: skip
    assert (await tenant.ask(TAGS, id=someone))["person"] == {"version": 1, "tags": []}


async def test_r042_tags_are_filters_and_facets(tenant: Tenant) -> None:
    a, b = await tag(tenant, "A"), await tag(tenant, "B")
    for name, tags in (("Aubry", [a]), ("Barbier", [a, b]), ("Colin", [b]), ("Delmas", [])):
        someone = await person(tenant, None, name)
        await tenant.do("personSetTags", id=someone["id"], tagIds=tags)

    async def found(**tags: Any) -> str:
        page = await tenant.ask(
            "query($tags: PersonTagsTest!) { persons(where: {tags: $tags}) "
            "{ totalCount nodes { lastName } } }",
            tags=tags,
        )
        names = [node["lastName"][0] for node in page["persons"]["nodes"]]
        assert page["persons"]["totalCount"] == len(names)
        return "".join(names)

    assert await found(any=[a]) == "AB"
    assert await found(any=[a, b]) == "ABC"
    assert await found(any=[]) == ""
    assert await found(all=[a, b]) == await found(all=[b, a, b]) == "B"
    assert await found(all=[b]) == "BC"
    assert await found(isSet=False) == "D"
    assert await found(isSet=True) == "ABC"
    assert await found(any=[b], all=[a]) == "B"
    counts = await tenant.ask(
        "query($a: ID!) { persons(where: {tags: {any: [$a]}}) { facets { facet value count } } }",
        a=a,
    )
    assert [c for c in counts["persons"]["facets"] if c["facet"] == "tags"] == [
        {"facet": "tags", "value": a, "count": 2},
        {"facet": "tags", "value": b, "count": 2},
    ]
    empty = await tenant.answer("{ persons(where: {tags: {all: []}}) { totalCount } }")
    assert empty["errors"][0]["message"] == (
        "'where.tags.all' names no tag. Name some, or leave it out."
    )
    listed = await tenant.ask("{ personTags { nodes { name personCount } } }")
    assert listed["personTags"]["nodes"] == [
        {"name": "A", "personCount": 2}, {"name": "B", "personCount": 2}
    ]  # fmt: skip


async def test_r042_tags_set_at_the_same_moment_are_those_of_one_of_both(tenant: Tenant) -> None:
    keys = [await tag(tenant, name) for name in "ABCD"]
    someone = (await person(tenant, None, "Noël"))["id"]

    await asyncio.gather(
        *(tenant.do("personSetTags", id=someone, tagIds=some) for some in (keys[:2], keys[2:]))
    )

    assert await tags_of(tenant, someone) in (["A", "B"], ["C", "D"])


async def test_r042_what_tags_a_person_had_is_in_the_history_of_the_contact(
    tenant: Tenant,
) -> None:
    site = await contact(tenant)
    key, someone = await tag(tenant, "Finance"), await person(tenant, site, "Noël")

    await tenant.do("personSetTags", id=someone["id"], tagIds=[key])
    await tenant.do("personTagMany", personIds=[someone["id"]], removeTagIds=[key])

    found = await tenant.ask(
        "query($id: ID!) { contact(id: $id) { history(first: 2) { nodes { changes } } } }", id=site
    )
    assert [node["changes"] for node in found["contact"]["history"]["nodes"]] == [
        {"tags": {"before": ["Finance"], "after": []}},
        {"tags": {"before": [], "after": ["Finance"]}},
    ]


async def test_r042_who_may_write_persons_may_not_define_tags(tenant: Tenant) -> None:
    writer = tenant.without("people.configure")

    answer = await writer.answer(
        'mutation { personTagCreate(input: {name: "A", colour: "#000000"}) '
        "{ userErrors { code } } }"
    )

    assert answer["errors"][0]["message"] == "You need the permission 'people.configure'."
