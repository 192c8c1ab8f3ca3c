"""A search finds the same whether its words are common or rare, and however the list is paged."""

from __future__ import annotations

import re
from collections import Counter
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from core.kit.walk import COMMON, SAMPLE
from core.search.rules import query_words
from tests.cast import House, Tenant

MANY = 320
PAGE = """query($s: String!, $n: Int!, $after: String, $by: [ContactOrderBy!], $w: ContactFilter) {
  contacts(search: $s, first: $n, after: $after, orderBy: $by, where: $w) {
    totalCount nodes { name } pageInfo { hasNextPage endCursor } } }"""


def _name(n: int) -> str:
    kind = "Hotel" if n % 3 == 0 else "Usine"
    few = " Perle" if 7 <= n < 20 else ""  # common in the sample, and nowhere else
    late = " Tardif" if n > SAMPLE + 20 else ""  # common, but not in the sample
    return f"{n:04d} {kind}{few}{late}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def crowded(house: House) -> Tenant:
    tenant = await house.tenant()
    groups = [(await tenant.group(name)).rpartition("_")[2] for name in ("Sites", "Customers")]
    rows = [
        (
            tenant.id,
            uuid4(),
            groups[n % 4 == 0],
            _name(n),
            _name(n).lower(),
            f"{n} rue Zola",
            n % 10 == 9,
        )
        for n in range(MANY)
    ]
    await house.owner.executemany(
        """insert into core_contact (tenant_id, id, group_id, name, name_key, street, archived_at)
           values ($1, $2, $3, $4, $5, $6, case when $7 then now() end)""",
        rows,
    )
    return tenant


def oracle(kept: list[Any], typed: str, archived: bool | None) -> set[str]:
    """Who is found, by looking at every contact."""
    words = query_words(typed)

    def has(row: Any, word: str, also: set[str] | None = None) -> bool:
        text = row["words"]
        exact = f" {word}" in text if len(word) < 3 else word in text
        return exact or any(f" {meant} " in text for meant in also or ())

    found = [row for row in kept if all(has(row, word) for word in words)]
    if not found and any(len(word) > 3 for word in words):
        known = {w for row in kept for w in row["words"].split() if re.fullmatch("[a-z]{4,40}", w)}
        meant = {w: {k for k in known if len(w) > 3 and _slips(w) & _slips(k)} for w in words}
        found = [row for row in kept if all(has(row, w, meant[w]) for w in words)]
    return {row["name"] for row in found if archived is None or row["archived"] is archived}


def _slips(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


async def paged(tenant: Tenant, typed: str, first: int, by: str, where: Any) -> list[str]:
    names: list[str] = []
    after = None
    while True:
        given = {"s": typed, "n": first, "after": after, "by": [by], "w": where}
        page = (await tenant.ask(PAGE, **given))["contacts"]
        names += [node["name"] for node in page["nodes"]]
        assert len(page["nodes"]) <= first
        if not page["pageInfo"]["hasNextPage"]:
            assert page["totalCount"] == len(names)
            return names
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize(
    "typed",
    [
        "rue", "rue zola", "hotel", "htoel", "usine rue", "perle", "perel", "tardif", "tarddif",
        "zola hotel", "ru", "%", "0017", "perle hotel", "nobody", "12", "rve hotle", "tardif perle",
    ],
)  # fmt: skip
async def test_common_and_rare_words_are_found_alike(crowded: Tenant, typed: str) -> None:
    kept = await crowded.house.owner.fetch(
        """select c.name, c.archived_at is not null as archived, s.words from core_contact c
           join core_contact_search s on s.tenant_id = c.tenant_id and s.contact_id = c.id
           where c.tenant_id = $1""",
        crowded.id,
    )
    for archived in (None, False, True):
        where = None if archived is None else {"archived": archived}
        expected = sorted(oracle(kept, typed, archived))
        assert await paged(crowded, typed, 90, "NAME_ASC", where) == expected
    assert await paged(crowded, typed, 60, "NAME_DESC", None) == sorted(
        oracle(kept, typed, None), reverse=True
    )
    for by in ("UPDATED_AT_ASC", "TOWN_ASC", "REFERENCE_DESC"):
        assert sorted(await paged(crowded, typed, 100, by, None)) == sorted(
            oracle(kept, typed, None)
        )


FACETS = """query($s: String!, $w: ContactFilter) {
  contacts(search: $s, where: $w, first: 5) { totalCount facets { facet value count }
    nodes { name } } }"""


@pytest.mark.parametrize("typed", ["rue", "htoel", "tardif", "nobody", "0017"])
async def test_what_is_found_is_counted_by_group_and_archived(crowded: Tenant, typed: str) -> None:
    """Filters and facets that the search itself knows count as a look at each contact does."""
    kept = await crowded.house.owner.fetch(
        """select c.name, c.archived_at is not null as archived, s.words, c.group_id
           from core_contact c
           join core_contact_search s on s.tenant_id = c.tenant_id and s.contact_id = c.id
           where c.tenant_id = $1""",
        crowded.id,
    )
    groups = sorted({f"contact_group_{row['group_id'].hex}" for row in kept})
    names = oracle(kept, typed, None)
    found = [
        (f"contact_group_{r['group_id'].hex}", r["archived"]) for r in kept if r["name"] in names
    ]
    for group, archived in product((None, *groups), (None, False, True)):
        where: dict[str, Any] = {"archived": archived, "group": group and {"eq": group}}
        where = {name: value for name, value in where.items() if value is not None}
        page = (await crowded.ask(FACETS, s=typed, w=where))["contacts"]

        in_group = [row for row in found if group in (None, row[0])]
        as_asked = [row for row in found if archived in (None, row[1])]
        expected = Counter(("group", row[0]) for row in as_asked)
        expected += Counter(("archived", str(row[1]).lower()) for row in in_group)
        both = [row for row in in_group if row in as_asked]
        assert {(f["facet"], f["value"]): f["count"] for f in page["facets"]} == expected
        assert page["totalCount"] == len(both)
        assert len(page["nodes"]) == min(5, len(both))


async def test_the_search_follows_groups_archives_and_towns(tenant: Tenant) -> None:
    """What it keeps of a contact changes with the contact, whichever way that is written."""
    first, second = await tenant.group("First"), await tenant.group("Second")
    key = await tenant.contact(name="Zeppelin", group=first, town="Brest")
    ask = """query($w: ContactFilter) { contacts(search: "zeppelin", where: $w) { totalCount } }"""

    async def count(**where: Any) -> int:
        found: int = (await tenant.ask(ask, w=where))["contacts"]["totalCount"]
        return found

    assert await count(group={"eq": first}, archived=False) == 1
    await tenant.house.owner.execute(
        """update core_contact set group_id = $3, archived_at = now()
           where tenant_id = $1 and id = $2""",
        tenant.id,
        key.rpartition("_")[2],
        second.rpartition("_")[2],
    )
    assert await count(group={"eq": first}) == 0
    assert await count(group={"eq": second}, archived=True) == 1
    assert await count(archived=False) == 0


def test_the_sample_is_smaller_than_the_crowd_and_a_few_are_many() -> None:
    assert COMMON <= 13 < SAMPLE < MANY


async def test_the_patterns_of_a_search_are_no_other_tenants(
    crowded: Tenant, other_tenant: Tenant, house: House
) -> None:
    ask = "select core_contact_search_patterns($1, array['hotel'])"
    async with house.owner.transaction():
        await house.owner.execute("set local role fieldgate_app")
        seen = []
        for bound in ("", str(other_tenant.id), str(crowded.id)):
            await house.owner.execute("select set_config('app.tenant', $1, true)", bound)
            seen.append(await house.owner.fetchval(ask, crowded.id))

    assert seen == [None, None, ["hotel"]]
