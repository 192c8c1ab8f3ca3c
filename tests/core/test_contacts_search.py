"""Contacts are found by what people remember: words of the name, the address, the phone."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from core.kit.keys import sort_key
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


