"""Both executions give the same answer to whatever may be asked."""

from __future__ import annotations

import os
import re
from collections import Counter

from tests.cast import House, Tenant
from tests.kit.both import Both, some_ids
from tests.kit.queries import chosen, distinct, query

#: How a reason begins that a wrong argument, or an empty question, gives.
EXPLAINED = (
    "no field reads a table",
    "an argument in the document",
    "The cursor",
    "No custom",
    "The custom",
    "Give one of",
    "There is no kind",
)
#: Wrong arguments that begin with what was given.
WRONG = re.compile(
    r"'[^']*' is not the ID of |\S+ m is not a radius from |'[\w.]+' (is -?\d+; it must be between"
    r"|has \d+ (tests|entries|characters)|names no tag|is '.*', which has no letter|has the level)"
)
EXAMPLES = int(os.environ.get("EXAMPLES", "2000"))
PERMISSIONS = ["all"] * 8 + ["less", "none"]


async def test_both_executions_give_the_same_bytes(house: House, peopled: Tenant) -> None:
    both = Both(house, peopled)
    ids = await some_ids(house, peopled)
    rng = chosen()
    questions = distinct(lambda: (*query(rng, both.schema, ids), rng.choice(PERMISSIONS)), EXAMPLES)
    ways: Counter[str] = Counter()
    whys: Counter[str | None] = Counter()

    for text, variables, may in questions:
        way, plain = await both.ask(text, variables, may)
        ways[way] += 1
        whys[both.why] += way == "plain" and not plain["errors"]
        assert "Unexpected error" not in str(plain), text

    assert ways["fallback"] == 0
    # Without an error, what has no plan reads no table, or has a wrong argument below a null.
    odd = [w for w in +whys if not (w and (w.startswith(EXPLAINED) or WRONG.match(w)))]
    assert odd == []
    assert ways["planned"] > 0.25 * sum(ways.values()), ways
    assert ways["mixed"] > 0, ways
