"""Persons are found alike whether many pass a filter or few, and wherever those stand."""

from __future__ import annotations

from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from core.kit.keys import sort_key
from tests.cast import House, Tenant
from tests.plugins.people.cast import person

MANY = 400
FIRST = ("Camille", "Hugo", "Élodie", "Jean-Pierre", "Anne Lise")
PAGE = """query($n: Int!, $after: String, $by: [PersonOrderBy!], $w: PersonFilter) {
  persons(first: $n, after: $after, orderBy: $by, where: $w) {
    totalCount nodes { id } pageInfo { hasNextPage endCursor } } }"""


class People:
    """What was written, to be looked through one by one."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.rows: list[dict[str, Any]] = []
        self.tags: dict[str, UUID] = {}

    def passing(self, test: Any, by: str = "NAME_ASC") -> list[str]:
        found = [row for row in self.rows if test(row)]
        key = "email" if by.startswith("EMAIL") else "name_key"
        found.sort(key=lambda row: (row[key], row["id"]), reverse=by.endswith("DESC"))
        return [f"person_{row['id'].hex}" for row in found]

    def tag(self, name: str) -> str:
        return f"person_tag_{self.tags[name].hex}"


def _last(n: int) -> str:
    """Some names are in every third, some stand together at the end, one is nobody else's."""
    if n == 77:
        return "Unique Œuvre"
    return f"Zorro {n}" if n > 360 else f"{('Martin', 'Le Goff', 'Dubois')[n % 3]} {n % 50}"


def _of(n: int) -> dict[str, Any]:
    first, last = FIRST[n % len(FIRST)], _last(n)
    return {
        "id": uuid4(), "first": first, "last": last, "name_key": sort_key(f"{last} {first}"),
        "email": f"p{n:03}@{'rare' if n % 97 == 0 else 'many'}.fr",
        "mobile": f"+336{'12' if n % 40 == 0 else '39'}{n:06}",
        "tags": {name for name, every in _EVERY.items() if n % every == 0}
        | ({"late"} if n > 330 else set()),
        "number": n % 7 if n % 2 == 0 else None, "flag": n % 5 == 0 if n % 3 else None,
        "french": n % 4 == 0, "hours": n * 7 % 400,
    }  # fmt: skip


_EVERY = {"all": 1, "half": 2, "third": 3, "rare": 50}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def people(house: House) -> People:
    found = People(await house.tenant())
    owner, tenant = house.owner, found.tenant.id
    for name in (*_EVERY, "late", "nobody"):
        found.tags[name] = uuid4()
        await owner.execute(
            "insert into people_person_tag (tenant_id, id, name, name_key, colour) "
            "values ($1, $2, $3, $3, '#000000')",
            tenant, found.tags[name], name,
        )  # fmt: skip
    found.rows = [_of(n) for n in range(MANY)]
    await owner.executemany(
        """insert into people_person (tenant_id, id, is_primary, first_name, last_name, name_key,
             email, mobile, mobile_e164, language, booking_access, receives_documents,
             receives_marketing, updated_at)
           values ($1, $2, false, $3, $4, $5, $6, $7, $7, case when $8 then 'fr' end, false, true,
             true, timestamptz '2026-01-01 00:00+00' + make_interval(hours => $9))""",
        [(tenant, *(row[k] for k in ("id", "first", "last", "name_key", "email", "mobile",
                                     "french", "hours"))) for row in found.rows],
    )  # fmt: skip
    await _with_custom_values(owner, tenant, found.rows)
    await owner.executemany(
        "insert into people_person_tagging (tenant_id, person_id, tag_id) values ($1, $2, $3)",
        [(tenant, row["id"], found.tags[name]) for row in found.rows for name in row["tags"]],
    )
    return found


async def _with_custom_values(owner: Any, tenant: UUID, rows: list[dict[str, Any]]) -> None:
    for key, type_, column in (
        ("number", "DECIMAL", "decimal_value"),
        ("flag", "BOOLEAN", "boolean_value"),
    ):
        field = uuid4()
        await owner.execute(
            """insert into core_custom_field (tenant_id, id, target, scope_id, key, label, type,
                 position, mandatory, visible_on_device, editable_on_device)
               values ($1, $2, 'PERSON', $1, $3, $3, $4, 0, false, false, false)""",
            tenant, field, key, type_,
        )  # fmt: skip
        await owner.executemany(
            f"insert into people_custom_value (tenant_id, person_id, field_id, place, {column}) "
            "values ($1, $2, $3, 0, $4)",
            [(tenant, row["id"], field, row[key]) for row in rows if row[key] is not None],
        )


async def paged(people: People, where: Any, by: str, first: int) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        given = {"n": first, "after": after, "by": [by], "w": where}
        page = (await people.tenant.ask(PAGE, **given))["persons"]
        found += [node["id"] for node in page["nodes"]]
        assert len(page["nodes"]) <= first
        if not page["pageInfo"]["hasNextPage"]:
            assert page["totalCount"] == len(found)
            return found
        after = page["pageInfo"]["endCursor"]


def _name(part: str) -> tuple[Any, Any]:
    def test(row: dict[str, Any]) -> bool:
        text = f" {sort_key(row['first'] + ' ' + row['last'])} ".replace("-", " ")
        return (part if len(part) > 2 else f" {part}") in text

    return {"name": {"contains": part}}, test


def _phone(typed: str, part: str) -> tuple[Any, Any]:
    return {"phone": typed}, lambda row: part in f" {row['mobile'][1:]} 0{row['mobile'][3:]} "


NAMES = [
    "martin", "zorro", "unique", "oeuvre", "le", "go", "el", "jean pierre", "lise martin",
    "hugo unique", "zorro 399", "nobody", "1",
]  # fmt: skip
PHONES = [("06 39", "0639"), ("+33 6", " 336"), ("0033 6 12", " 33612"), ("0399", "0399")]
TAGS = [
    ["half"], ["rare"], ["late"], ["nobody"], ["half", "third"], ["rare", "third"],
    ["late", "rare"], ["all", "late"], ["half", "nobody"],
]  # fmt: skip


@pytest.mark.parametrize("by", ["NAME_ASC", "NAME_DESC", "EMAIL_ASC"])
async def test_r044_parts_are_found_alike_page_by_page(people: People, by: str) -> None:
    for where, test in [*map(_name, NAMES), *(_phone(*each) for each in PHONES)]:
        assert await paged(people, where, by, 90) == people.passing(test, by), where
    where = {"email": {"contains": "rare."}}
    assert await paged(people, where, by, 2) == people.passing(lambda r: "rare" in r["email"], by)


@pytest.mark.parametrize("by", ["NAME_ASC", "EMAIL_ASC"])
async def test_r044_tags_are_found_alike_page_by_page(people: People, by: str) -> None:
    for names in TAGS:
        tags = [people.tag(name) for name in names]
        every = people.passing(lambda row, given=set(names): given <= row["tags"], by)
        some = people.passing(lambda row, given=set(names): given & row["tags"], by)
        assert await paged(people, {"tags": {"all": tags}}, by, 80) == every, names
        assert await paged(people, {"tags": {"any": tags}}, by, 100) == some, names


async def test_r044_filters_that_are_given_together_all_hold(people: People) -> None:
    for part, name in product(("martin", "zorro", "hugo"), ("half", "rare", "late")):
        where, test = _name(part)
        where = {**where, "tags": {"any": [people.tag(name)]}, "email": {"contains": "many"}}
        expected = people.passing(
            lambda r, test=test, name=name: test(r) and name in r["tags"] and "many" in r["email"]
        )
        assert await paged(people, where, "NAME_ASC", 20) == expected


def _custom(key: str, test: Any, **given: Any) -> tuple[Any, Any]:
    return {"customFields": [{"key": key, **given}]}, test


#: Each passes others than the rest, many or few, near the first or near the last.
TOGETHER = [
    _name("martin"), _name("zorro"), _phone("06 12", "0612"),
    ({"email": {"contains": "rare"}}, lambda r: "rare" in r["email"]),
    ({"language": {"eq": "fr"}}, lambda r: r["french"]),
    _custom("number", lambda r: (r["number"] or 0) >= 5, gte="5"),
    _custom("flag", lambda r: r["flag"] is True, eq="true"),
    ({"updatedAt": {"gte": "2026-01-03T00:00:00Z", "lte": "2026-01-05T01:00:00+01:00"}},
     lambda r: 48 <= r["hours"] <= 96),
    ({"tags": {"any": ["late", "rare"]}}, lambda r: r["tags"] & {"late", "rare"}),
    ({"tags": {"all": ["half", "third"]}}, lambda r: r["tags"] >= {"half", "third"}),
]  # fmt: skip


@pytest.mark.parametrize("index", range(len(TOGETHER)))
async def test_r044_any_two_filters_are_found_alike(people: People, index: int) -> None:
    one, passes_one = TOGETHER[index]
    for other, passes_other in TOGETHER[index + 1 :]:
        if one.keys() & other.keys():
            continue
        where = {**one, **other}
        if "tags" in where:
            named = {op: [people.tag(n) for n in names] for op, names in where["tags"].items()}
            where = {**where, "tags": named}
        expected = people.passing(lambda r, b=passes_other: passes_one(r) and b(r))
        assert await paged(people, where, "NAME_ASC", 60) == expected, (one, other)


async def test_r044_custom_fields_are_found_alike_however_many_are_asked(people: People) -> None:
    tests = [
        ({"key": "number", "gte": "2"}, lambda r: (r["number"] or 0) >= 2),
        ({"key": "number", "isSet": True}, lambda r: r["number"] is not None),
        ({"key": "flag", "eq": "false"}, lambda r: r["flag"] is False),
        ({"key": "flag", "ne": "true"}, lambda r: not r["flag"]),
        ({"key": "number", "in": ["4", "6"]}, lambda r: r["number"] in (4, 6)),
    ]
    for count in range(1, len(tests) + 1):
        asked = tests[:count]
        where = {"customFields": [given for given, _ in asked]}
        expected = people.passing(lambda r, a=asked: all(test(r) for _, test in a), "NAME_DESC")
        assert await paged(people, where, "NAME_DESC", 90) == expected, where


async def test_r044_a_name_that_changed_is_found_in_its_new_place(tenant: Tenant) -> None:
    someone = await person(tenant, None, "Zola", firstName="Ada")
    await person(tenant, None, "Mahler", firstName="Bea")
    ask = '{ persons(where: {name: {contains: "a"}}) { nodes { lastName } } }'

    async def names() -> list[str]:
        return [n["lastName"] for n in (await tenant.ask(ask))["persons"]["nodes"]]

    assert await names() == ["Zola"]
    await tenant.do("personUpdate", id=someone["id"], version=someone["version"], lastName="Abel")
    assert await names() == ["Abel"]
