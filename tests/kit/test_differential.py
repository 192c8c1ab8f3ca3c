"""Both executions give the same answer to whatever may be asked."""

from __future__ import annotations

import os
from collections import Counter

from gateway.execution import WRONG_ARGUMENT
from tests.cast import House, Tenant
from tests.kit.both import Both, some_ids
from tests.kit.queries import chosen, distinct, query

#: How the reasons begin that an empty question or a wrong argument gives.
EXPLAINED = ("no field reads a table", "an argument in the document", WRONG_ARGUMENT)
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
    assert [w for w in +whys if not (w and w.startswith(EXPLAINED))] == []
    wrong = sum(n for w, n in whys.items() if w and w.startswith(WRONG_ARGUMENT))
    assert wrong < 0.03 * sum(ways.values()), whys
    assert ways["planned"] > 0.25 * sum(ways.values()), ways
    assert ways["mixed"] > 0, ways
