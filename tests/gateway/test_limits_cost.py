"""What a document costs, and when that is too much."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.toy import Toy

PAGE = "query Q($n: Int! = 3) { contact(id: 1) { children(first: $n) { nodes { id name } } } }"


@pytest.mark.parametrize(
    ("query", "variables", "cost"),
    [
        ("{ __typename }", {}, 0),
        ("{ contact(id: 1) { id __typename } }", {}, 2),
        # contact + children + n times (nodes + id + name)
        (PAGE, {}, 2 + 3 * 3),
        (PAGE, {"n": 50}, 2 + 50 * 3),
        (PAGE, {"n": 0}, 2),
        (PAGE, {"n": -4}, 2),
        # The field refuses a page of over 100; it costs as a full one until then.
        (PAGE, {"n": 1_000_000}, 2 + 100 * 3),
        # The argument's own default is 50.
        ("{ contact(id: 1) { children { totalCount } } }", {}, 2 + 50),
        (
            "query Q($n: Int!) { contact(id: 1) { children(first: $n) { totalCount } } }",
            {"n": 7},
            9,
        ),
        # A list that doesn't say how long it is counts as 20.
        ("{ contact(id: 1) { friends { id } } }", {}, 2 + 20),
        # As many as are asked for.
        ("{ contacts(ids: [1, 2, 3]) { id } }", {}, 1 + 3),
        ("query Q($i: [ID!]!) { contacts(ids: $i) { id } }", {"i": ["1", "2"]}, 1 + 2),
        # Fragments cost where they are spread.
        (
            "{ contact(id: 1) { ...F friends { ...F } } } fragment F on Contact { id name }",
            {},
            2 + 2 + 20 * 2,
        ),
    ],
)
async def test_the_cost_of_a_document_follows_the_values_of_its_variables(
    toy: Toy, query: str, variables: dict[str, Any], cost: int
) -> None:
    answer = await toy.asked.post(
        "/graphql",
        json={"query": query, "variables": variables},
        headers={"X-Fieldgate-Cost": "1"},
    )

    assert answer.json()["extensions"]["cost"]["requested"] == cost


async def test_the_same_document_is_refused_for_large_pages_only(toy: Toy) -> None:
    query = (
        "query Q($n: Int!) { contact(id: 1) { children(first: $n) { nodes { "
        "children(first: $n) { nodes { id } } } } } }"
    )

    small = await toy.ask(query, variables={"n": 10})
    large = await toy.errors(query, variables={"n": 100})

    assert small.status_code == 200
    message = "The limit for cost is 10000, and this request has 20202."
    assert large == [("GRAPHQL_VALIDATION_FAILED", message)]
    assert b'fieldgate_refused_total{limit="cost"} 1.0' in toy.metrics.text()
