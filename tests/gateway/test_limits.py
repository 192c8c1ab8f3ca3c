"""How much one request may ask for: each limit, what is said, and how soon."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from pathlib import Path

import pytest
import strawberry
from graphql import get_introspection_query

from core.kit.documents import Documents, NotRunnable
from core.kit.limits import Limits
from gateway.graphql import Gateway
from tests.gateway.toy import Mutation, Query, Toy

SCHEMA = strawberry.Schema(Query, Mutation)._schema


def deep(levels: int) -> str:
    return "{ contact(id: 1) " + "{ parent " * (levels - 2) + "{ id }" + " }" * (levels - 1)


def aliases(count: int, field: str = "name") -> str:
    return "{ contact(id: 1) {" + " ".join(f"a{i}: {field}" for i in range(count)) + "} }"


def fan_out(fragments: int, selection: str) -> str:
    """Each fragment spreads the next one twice: 2^n fields."""
    spread = "".join(
        f"fragment F{i} on Contact {{ {selection.replace('NEXT', f'...F{i + 1}')} }} "
        for i in range(fragments - 1)
    )
    return f"{{ contact(id: 1) {{ ...F0 }} }} {spread} fragment F{fragments - 1} on Contact {{id}}"


TOO_MUCH = {
    "depth": (deep(13), "depth", 12, 13),
    "depth that would overflow the parser": (deep(600), "depth", 12, 600),
    "tokens": ("{" + "a " * 20_000 + "}", "tokens", 2000, 20_002),
    "comments": ("#\n" * 20_000 + "{ a }", "tokens", 2000, 20_003),
    "a literal of a megabyte": (
        '{ contact(id: "' + "x" * 999_900 + '") { id } }',
        "characters",
        50_000,
        999_926,
    ),
    "aliases": (aliases(31), "aliases or repetitions of 'name'", 30, 31),
    "hundreds of aliases": (aliases(600), "aliases or repetitions of 'name'", 30, 600),
    "thousands of aliases": (aliases(3000), "tokens", 2000, 9_010),
    "repetitions": (
        "{ contact(id: 1) {" + "parent { id } " * 400 + "} }",
        "aliases or repetitions of 'parent'",
        30,
        400,
    ),
    "aliases in fragments": (
        "{ contact(id: 1) { ...A ... { ...B } } } fragment A on Contact {"
        + " ".join(f"a{i}: name" for i in range(16))
        + "} fragment B on Contact {"
        + " ".join(f"b{i}: name" for i in range(16))
        + "}",
        "aliases or repetitions of 'name'",
        30,
        32,
    ),
    "root fields": (
        "{" + " ".join(f"a{i}: __typename b{i}: broken" for i in range(11)) + "}",
        "root fields",
        20,
        22,
    ),
    "mutations": (
        "mutation {" + " ".join(f'a{i}: rename(name: "x")' for i in range(6)) + "}",
        "mutations",
        5,
        6,
    ),
    "fragments": (fan_out(60, "NEXT"), "fragments", 50, 60),
    "fan-out in one place": (fan_out(50, "NEXT NEXT"), "cost", 10_000, 2**49 + 1),
    "fan-out in depth": (
        fan_out(50, "parent { NEXT } p: parent { NEXT }"),
        "depth",
        12,
        51,
    ),
    "nested inline fragments": (
        fan_out(20, "... { ... { ... { ... { ... { NEXT } } } } }"),
        "nested fragments",
        100,
        117,
    ),
    "nested lists": (
        "{ contacts(ids: " + "[" * 600 + "]" * 600 + ") { id } }",
        "nested brackets",
        40,
        601,
    ),
    "a number of 5000 digits": (
        "{ contact(id: 1) { children(first: " + "9" * 5000 + ") { totalCount } } }",
        "digits of a number",
        64,
        5000,
    ),
    "cost": (
        "{ contact(id: 1) { children(first: 100) { nodes { "
        "children(first: 100) { nodes { id } } } } } }",
        "cost",
        10_000,
        20_202,
    ),
    "input items": (
        "{ contacts(ids: [" + "1 " * 251 + "]) { id } }",
        "input items",
        250,
        251,
    ),
}


@pytest.mark.parametrize("name", TOO_MUCH)
async def test_a_document_over_a_limit_is_told_the_limit_and_its_own_figure(
    toy: Toy, name: str
) -> None:
    query, limit, allowed, found = TOO_MUCH[name]

    answer = await toy.ask(query)

    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["message"].startswith(
        f"The limit for {limit} is {allowed}, and this request has {found}."
    )
    code = "BAD_USER_INPUT" if limit == "input items" else "GRAPHQL_VALIDATION_FAILED"
    assert error["extensions"] == {
        "code": code,
        "limit": {"name": limit, "allowed": allowed, "found": found},
    }


HOSTILE = {
    **{name: case[0] for name, case in TOO_MUCH.items()},
    "quotes": '"' * 49_999,
    "escaped quotes": '"\\' * 24_999,
    "a block string of escapes": '"""' + '\\"' * 24_000,
    "brackets": "{" * 49_999,
    "digits": "9" * 49_999,
    "commas": "," * 49_000 + "{ contact(id: 1) { id } }",
    "many fields of one name": aliases(30, "parent { " + "id " * 28 + "}"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_document_takes_long_to_refuse(name: str) -> None:
    # Its own time; but who shares a processor with others is slower now and then.
    assert any(_seconds(HOSTILE[name]) < 0.05 for _ in range(10))


def _seconds(query: str) -> float:
    documents = Documents(SCHEMA)
    started = time.thread_time()
    with suppress(NotRunnable):
        documents.read(query, None)
    return time.thread_time() - started


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "{ contact(id: 1) { ...A } } fragment A on Contact { parent { ...B } } "
            "fragment B on Contact { parent { ...A } }",
            "Fragments must not spread themselves: A → B → A.",
        ),
        (
            "{ contact(id: 1) { ...A } } fragment A on Contact { ...A }",
            "Fragments must not spread themselves: A → A.",
        ),
        (
            "{ __typename } fragment A on Contact { id }",
            "Fragment 'A' is never used.",
        ),
    ],
)
async def test_fragments_that_lead_nowhere_are_refused(toy: Toy, query: str, message: str) -> None:
    assert await toy.errors(query) == [("GRAPHQL_VALIDATION_FAILED", message)]


@pytest.mark.parametrize(
    "query",
    [
        deep(12),
        aliases(30),
        "{" + " ".join(f"a{i}: __typename" for i in range(20)) + "}",
        "mutation {" + " ".join(f'a{i}: rename(name: "x")' for i in range(5)) + "}",
        fan_out(10, "NEXT NEXT"),
        "{ contacts(ids: [" + "1 " * 250 + "]) { id } }",
    ],
)
async def test_a_document_at_its_limit_is_answered(toy: Toy, query: str) -> None:
    answer = await toy.ask(query)

    assert (answer.status_code, "errors" in answer.json()) == (200, False)


async def test_the_standard_introspection_query_is_not_too_deep(toy: Toy) -> None:
    answer = await toy.ask(
        get_introspection_query(specified_by_url=True, input_value_deprecation=True)
    )

    assert answer.status_code == 200
    assert answer.json()["data"]["__schema"]["queryType"]["name"] == "Query"


async def test_long_lists_in_variables_are_refused_like_those_in_the_document(toy: Toy) -> None:
    query = "query Q($ids: [ID!]!) { contacts(ids: $ids) { id } }"

    fits = await toy.ask(query, variables={"ids": ["1"] * 250})
    refused = await toy.errors(query, variables={"ids": ["1"] * 251})

    assert len(fits.json()["data"]["contacts"]) == 250
    message = "The limit for input items is 250, and this request has 251."
    assert refused == [("BAD_USER_INPUT", message)]


async def test_documents_are_kept_up_to_a_number_and_a_size() -> None:
    documents = Documents(SCHEMA, size=3, characters=300)
    first = await documents.get("{ a1: __typename }", None)

    assert await documents.get("{ a1: __typename }", None) is first
    for i in range(10):
        await documents.get(f"{{ b{i}: __typename }}", None)
    assert len(documents) == 3
    assert await documents.get("{ a1: __typename }", None) is not first
    await documents.get("{ long: __typename }" + " " * 290, None)
    assert len(documents) == 0


async def test_limits_can_be_tightened() -> None:
    gateway = Gateway(SCHEMA, Limits(depth=2))

    with pytest.raises(NotRunnable) as refused:
        await gateway.documents.get(deep(3), None)
    assert refused.value.errors[0].message == ("The limit for depth is 2, and this request has 3.")


def test_the_limits_are_published_as_they_are() -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    rows = dict(re.findall(r"^\| ([a-z ]+) \| ([\d ]+) \|", page, re.MULTILINE))
    limits = Limits()

    assert {name: int(figure.replace(" ", "")) for name, figure in rows.items()} == {
        "body": limits.body_bytes,
        "characters": limits.characters,
        "tokens": limits.tokens,
        "digits of a number": limits.digits,
        "nested brackets": limits.nesting,
        "fragments": limits.fragments,
        "nested fragments": limits.nested_fragments,
        "depth": limits.depth,
        "aliases or repetitions of a field": limits.selections,
        "root fields": limits.root_fields,
        "mutations": limits.mutations,
        "input items": limits.input_items,
        "page": limits.page,
        "cost": limits.cost,
        "time": limits.seconds,
    }
