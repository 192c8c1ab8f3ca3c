"""How much one request may ask for, and how a document that asks for more is told so."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import GraphQLError


@dataclass(frozen=True, slots=True)
class Limits:
    """Published in docs/api.md; a test holds the two together."""

    body_bytes: int = 1_000_000
    characters: int = 50_000
    #: Comments count as tokens.
    tokens: int = 2_000
    digits: int = 64
    #: Of brackets in one definition, looked at before parsing.
    nesting: int = 40
    #: Of selection sets in an operation: fragments nest without adding depth.
    nested_fragments: int = 100
    fragments: int = 50
    depth: int = 12
    introspection_depth: int = 20
    #: How often one field may be selected in one place, by aliases or repeated as it is.
    selections: int = 30
    root_fields: int = 20
    mutations: int = 5
    cost: int = 10_000
    page: int = 100
    #: How many items a list is taken to have that doesn't say.
    typical_list: int = 20
    input_items: int = 250
    seconds: float = 10
    #: Requests that one process executes at a time; more are turned away.
    concurrent: int = 200
    validation_errors: int = 5
    message_characters: int = 300


LIMITS = Limits()
COUNTABLE = 10**15


class TooMuch(GraphQLError):
    """A document is over one of the limits."""

    def __init__(self, limit: str, found: int, allowed: int, hint: str = "") -> None:
        found = min(found, COUNTABLE)  # fragments can stand for numbers of a hundred digits
        message = (
            f"The limit for {limit} is {allowed}, and this request has {found}. {hint}".strip()
        )
        code = "BAD_USER_INPUT" if limit == "input items" else "GRAPHQL_VALIDATION_FAILED"
        super().__init__(
            message,
            extensions={
                "code": code,
                "limit": {"name": limit, "allowed": allowed, "found": found},
            },
        )
        self.limit = limit
