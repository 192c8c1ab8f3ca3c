"""What is left out of validation changes nothing: what is wrong is what graphql-core says is."""

from __future__ import annotations

import random
import re

import pytest
from graphql import GraphQLError, GraphQLSchema, parse
from graphql import validate as by_graphql_core

from core.kit.analysis import analyse
from core.kit.lexical import TOKEN
from core.kit.validation import validate
from gateway.schema import schema_of
from tests.cast import House

DOCUMENTS = [
    """
    query Page($id: ID!, $first: Int = 3, $with: Boolean!) {
      contact(id: $id) {
        ...Head @include(if: $with)
        missions(first: $first, where: {status: {in: [DONE, PLANNED]}}) {
          totalCount nodes { id reference type { id name } }
        }
        ... on Contact @skip(if: $with) { group { id name } parent { ...Head } }
      }
    }
    fragment Head on Contact { id name town version }
    """,
    """
    {
      contacts(first: 2, where: {name: {contains: "a"}}, orderBy: [NAME_ASC]) {
        nodes { id name group { name } } pageInfo { endCursor hasNextPage }
      }
      me { name }
    }
    """,
    """
    query Any($id: ID!) { node(id: $id) { __typename id ... on Contact { name } ...P } }
    fragment P on Person { fullName title }
    """,
    """
    mutation M($input: ContactCreateInput!) {
      contactCreate(input: $input) { contact { id version } userErrors { code message field } }
    }
    """,
    "query A { __schema { types { name fields { name type { name } } } } } query B { me { id } }",
]
#: What is put in the place of something else.
ODD = [
    "$id", "$other", "id", "name", "nope", "...Head", "...Nope", "... on Person", "@include(if: 1)",
    "@skip", "@nope", "{ id }", "(id: 3)", "(nope: 1)", "Contact", "Query", "ID!", "[Int!]", "null",
    '"text"', "3", "{a: 1, a: 2}", "x: id", "x: name", "fragment Two on Contact { id }",
    "subscription S { me { id } }", "3.5", "DONE", "!", "query Page { me { id } }",
]  # fmt: skip
#: The same for a name: most of what is put elsewhere doesn't parse.
NAMES = ["id", "name", "nope", "Contact", "Person", "contact", "with", "first", "Head", "missions"]
TRIES = 2000


@pytest.fixture(scope="module")
def schema(house: House) -> GraphQLSchema:
    return schema_of(house.modules)._schema


def spoiled(text: str, rng: random.Random) -> str:
    """*text* with a few of its tokens doubled, gone, moved or others."""
    tokens = TOKEN.findall(text)
    for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
        at = rng.randrange(len(tokens))
        if tokens[at].isidentifier() and rng.random() < 0.8:
            tokens[at] = rng.choice(NAMES)
            continue
        match rng.randrange(4):
            case 0:
                del tokens[at]
            case 1:
                tokens.insert(at, rng.choice(tokens))
            case _:
                tokens[at] = rng.choice(ODD)
    return re.sub(r"\$ (?=\w)", "$", " ".join(tokens))


def said(errors: list[GraphQLError]) -> list[object]:
    return [error.formatted for error in errors]


def test_the_errors_are_those_of_graphql_core(schema: GraphQLSchema) -> None:
    rng = random.Random(5)
    wrong = right = 0
    for _ in range(TRIES):
        text = spoiled(rng.choice(DOCUMENTS), rng)
        try:
            document = parse(text)
            analyse(document)
        except GraphQLError:
            continue
        hints = rng.random() < 0.5
        ours = validate(schema, document, text, most=5, hints=hints)
        theirs = by_graphql_core(schema, document, max_errors=5, hide_suggestions=not hints)
        assert said(ours)[:5] == said(theirs)[:5], text
        assert len(ours) == len(theirs), text
        wrong += bool(theirs)
        right += not theirs
    assert wrong > 400
    assert right > 50
