"""Contacts are found by what people remember: words of the name, the address, the phone."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from core.kit.keys import sort_key
from core.kit.settings import asyncpg_dsn
from core.search.rules import query_words
from tests.cast import House, Tenant

SEARCH = """query($s: String, $where: ContactFilter) {
  contacts(search: $s, where: $where) { totalCount nodes { name } } }"""
SUGGEST = "query($t: String!, $n: Int = 10) { contactSuggestions(text: $t, first: $n) { name } }"


async def found(tenant: Tenant, search: str | None, **where: Any) -> list[str]:
    page = (await tenant.ask(SEARCH, s=search, where=where))["contacts"]
    assert page["totalCount"] == len(page["nodes"])
    return [node["name"] for node in page["nodes"]]


async def suggested(tenant: Tenant, text: str, first: int = 10) -> list[str]:
    answer = await tenant.ask(SUGGEST, t=text, n=first)
    return [contact["name"] for contact in answer["contactSuggestions"]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def searched(house: House) -> Tenant:
    """A tenant with four contacts, beside one with the same."""
    tenant, other = await house.tenant(), await house.tenant()
    for each in (other, tenant):
        await _furnish(each)
    return tenant


async def _furnish(tenant: Tenant) -> None:
    for given in (
        {"name": "Établissements Dupont", "town": "Lyon", "postcode": "69003", "reference": "C-17"},
        {"name": "Garage Martin", "street": "12 rue de l'Église", "town": "Saint-Étienne"},
        {"name": "Lycée Œuvre", "postcode": "75011", "town": "Paris", "phone": "06 12 34 56 78"},
        {"name": "Dupont frères", "town": "Paris", "street": "Place du Marché"},
    ):
        await tenant.contact(**given)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("etablissements dupont lyon", ["Établissements Dupont"]),
        ("LYON dupont", ["Établissements Dupont"]),
        ("dupont", ["Dupont frères", "Établissements Dupont"]),
        ("Dupond", ["Dupont frères", "Établissements Dupont"]),
        ("dupnot lyon", ["Établissements Dupont"]),
        ("etabl", ["Établissements Dupont"]),
        ("75011", ["Lycée Œuvre"]),
        ("oeuvre", ["Lycée Œuvre"]),
        ("0612", ["Lycée Œuvre"]),
        ("06 12 34", ["Lycée Œuvre"]),
        ("+33 6 12 34 56 78", ["Lycée Œuvre"]),
        ("0033 612 345 678", ["Lycée Œuvre"]),
        ("12 rue de l'eglise", ["Garage Martin"]),
        ("st etiene", []),
        ("saint etiene", ["Garage Martin"]),
        ("C-17", ["Établissements Dupont"]),
        ("c17", ["Établissements Dupont"]),
        ("du pa", ["Dupont frères"]),
        ("nobody", []),
        ("%", ["Dupont frères", "Établissements Dupont", "Garage Martin", "Lycée Œuvre"]),
        ("pa'); drop table core_contact; --", []),
    ],
)
async def test_contacts_are_found_by_words(searched: Tenant, typed: str, names: list[str]) -> None:
    assert await found(searched, typed) == names


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("C-17", ["Établissements Dupont"]),
        ("dupont", ["Dupont frères", "Établissements Dupont"]),
        ("dupont frere", ["Dupont frères"]),
        ("Dupond", ["Dupont frères", "Établissements Dupont"]),
        ("paris", ["Dupont frères", "Lycée Œuvre"]),
        ("garage", ["Garage Martin"]),
        ("", []),
        ("?", []),
        ("nobody", []),
    ],
)
async def test_the_best_match_is_suggested_first(
    searched: Tenant, typed: str, names: list[str]
) -> None:
    assert await suggested(searched, typed) == names
    assert await suggested(searched, typed, 1) == names[:1]


async def test_archived_contacts_are_suggested_last(tenant: Tenant) -> None:
    gone = await tenant.contact("Dupont")
    await tenant.contact("Garage Dupont")

    assert await suggested(tenant, "dupont") == ["Dupont", "Garage Dupont"]
    await tenant.do("contactArchive", id=gone)
    assert await suggested(tenant, "dupont") == ["Garage Dupont", "Dupont"]


async def test_a_search_sees_what_was_written_last(tenant: Tenant) -> None:
    made = await tenant.contact("Dupont", town="Lyon", phone="04 72 00 11 22")

    await tenant.do("contactUpdate", id=made, name="Durand", town=None, phone=None)

    assert await found(tenant, "durand") == ["Durand"]
    assert await found(tenant, "dupont") == []
    assert await found(tenant, "lyon") == []
    assert await found(tenant, "0472") == []
    assert await found(tenant, "durend") == ["Durand"]


async def test_a_search_narrows_the_list_with_everything_else(searched: Tenant) -> None:
    assert await found(searched, "dupont", town={"eq": "Paris"}) == ["Dupont frères"]
    assert await found(searched, "dupont", archived=True) == []


async def test_children_and_related_contacts_are_searched_too(tenant: Tenant) -> None:
    head = await tenant.contact("Dupont siège")
    await tenant.contact("Dupont Lyon", parent=head)
    await tenant.contact("Martin", parent=head)
    await tenant.contact("Dupont Nice")

    answer = await tenant.ask(
        """query($id: ID!) { contact(id: $id) {
          children(search: "dupont") { nodes { name } }
          related(search: "dupont", scope: {descendants: {all: true}}) { nodes { name } } } }""",
        id=head,
    )

    assert answer["contact"] == {
        "children": {"nodes": [{"name": "Dupont Lyon"}]},
        "related": {"nodes": [{"name": "Dupont Lyon"}, {"name": "Dupont siège"}]},
    }


async def test_a_search_that_is_too_long_is_refused(tenant: Tenant) -> None:
    answer = await tenant.answer(SEARCH, s="a" * 201)

    (error,) = answer["errors"]
    assert error["message"] == "'search' has 201 characters; 200 are allowed."
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_suggestions_need_the_permission_and_a_page_that_is_allowed(tenant: Tenant) -> None:
    refused = await tenant.without("contacts.read").answer(SUGGEST, t="a")
    many = await tenant.answer(SUGGEST, t="a", n=21)

    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert many["errors"][0]["message"] == "'first' is 21; it must be between 0 and 20."


async def test_the_search_of_the_database_finds_nothing_for_another_tenant(
    house: House, searched: Tenant, other_tenant: Tenant
) -> None:
    connection = await asyncpg.connect(asyncpg_dsn(house.settings.app_database_url))
    ids = "select count(*) from core_contact_search_ids($1, array['dupont'])"
    best = "select count(*) from core_contact_search_best($1, 'dupont', array['dupont'], 20)"
    bind = "select set_config('app.tenant', $1, false)"
    try:
        seen = []
        for bound in ("", str(other_tenant.id), str(searched.id)):
            await connection.execute(bind, bound)
            seen += [await connection.fetchval(q, searched.id) for q in (ids, best)]
            seen += [await connection.fetchval(q, None) for q in (ids, best)]
    finally:
        await connection.close()

    assert seen == [0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0, 0]


async def test_the_database_folds_texts_as_sort_keys_do(house: House) -> None:
    latin = map(chr, (*range(0x20, 0x250), *range(0x1E00, 0x1F00)))
    texts = [f"a{letter}b" for letter in latin if letter.isprintable()]

    folded = await house.owner.fetch(
        "select t, core_sort_key(t) k from unnest($1::text[]) t", texts
    )

    assert {row["t"][1] for row in folded if row["k"] != sort_key(row["t"])} == set()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("  Établissements DUPONT, Lyon ", ["etablissements", "dupont", "lyon"]),
        ("l'Œuvre", ["l", "oeuvre"]),
        ("06 12 34 56 78", ["0612345678"]),
        ("+33 6 12 34 56 78", ["33612345678"]),
        ("0033-612-345-678", ["33612345678"]),
        ("12 rue de Lyon 69003", ["12", "rue", "de", "lyon", "69003"]),
        ("lyon Lyon", ["lyon"]),
        ("a b c d e f g h i j k l", list("abcdefghij")),
        ("", []),
    ],
)
def test_what_is_typed_is_read_as_words(typed: str, words: list[str]) -> None:
    assert query_words(typed) == words
