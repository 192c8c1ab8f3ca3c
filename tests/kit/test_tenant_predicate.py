"""Every statement says itself whose rows it reads: row-level security is the net, not the rule."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from graphql.execution.values import VariableValues, get_variable_values

from core.kit import loaders
from core.kit.db import Base
from gateway.execution import Execution
from tests.cast import House, Tenant
from tests.kit.both import Both, some_ids
from tests.kit.queries import chosen, distinct, query
from tests.kit.test_statement_text import Overheard

EXAMPLES = 200
#: Along the tree, in all the ways that a page and its total may go.
ALONG = """query($id: ID!) { contact(id: $id) {
    up: visits(scope: {ancestors: {all: true}}) { totalCount nodes { id } facets { facet } }
    down: visits(scope: {descendants: {all: true}}, first: 2) { totalCount nodes { id } }
    some: visits(scope: {descendants: {at: [1]}}, where: {reason: {contains: "a"}}) { totalCount }
} }"""


#: What may stand behind a table in place of an alias.
_NO_ALIAS = r"(?!(?:where|on|join|left|inner|cross|order|group|limit|union|as|using)\b)"
_OWNED = "|".join(
    sorted((t.name for t in Base.metadata.tables.values() if "tenant_id" in t.c), key=len)[::-1]
)
#: A name before a dot is that of a column; any other is a table that is read.
#: SQLAlchemy writes a condition that nothing can fulfil as this alone: no row is read.
_NOTHING = re.compile(
    r"(?i)\bfrom (?:(?!\b(?:select|from|where)\b).)+ where false(?! (?:and|or)\b)"
)
_READ = re.compile(rf"(?i)(?<![.\w])({_OWNED})\b(?!\.)(?: (?:as )?{_NO_ALIAS}(\w+))?")


def unsaid(statement: str) -> list[str]:
    """The tables that *statement* reads without saying of which tenant."""
    text = _NOTHING.sub("", " ".join(statement.split()))
    read = Counter(alias or table for table, alias in _READ.findall(text))
    # SQL by hand may leave the name out where it reads one table.
    unnamed = len(re.findall(r"(?i)(?<![.\w])tenant_id = ", text))
    missing = {
        name: count - len(re.findall(rf"\b{name}\.tenant_id = |= {name}\.tenant_id\b", text))
        for name, count in read.items()
    }
    lacking = [name for name, count in missing.items() if count > 0]
    return lacking if sum(missing[name] for name in lacking) > unnamed else []


def test_a_table_without_its_tenant_is_noticed() -> None:
    with_it = "SELECT c.id FROM core_contact AS c WHERE c.tenant_id = $1"
    assert unsaid(with_it) == []
    assert unsaid("SELECT c.id FROM core_contact AS c WHERE c.id = $1") == ["c"]
    assert unsaid("select id from core_contact where tenant_id = $1 limit 2") == []
    assert unsaid("select id from core_contact where id = $1") == ["core_contact"]
    assert unsaid("SELECT c.id FROM core_contact AS c WHERE false ORDER BY c.id LIMIT $1") == []
    joined = "SELECT c.id FROM core_contact AS c JOIN core_user AS u ON (u.id = c.owner_id)"
    assert unsaid(f"{joined} WHERE false") == []
    assert unsaid(f"{joined} WHERE u.id = $1") == ["c", "u"]
    assert unsaid("SELECT c.id FROM core_contact AS c WHERE false OR c.id = $1") == ["c"]
    assert unsaid(with_it + " AND c.id IN (SELECT core_user.id FROM core_user)") == ["core_user"]


@pytest.mark.parametrize("planned", [True, False], ids=["planned", "plain"])
async def test_every_statement_says_of_which_tenant_each_of_its_tables_is(
    house: House, peopled: Tenant, planned: bool
) -> None:
    both, ids = Both(house, peopled), await some_ids(house, peopled)
    execution = Execution(both.schema)
    loaders._known.clear()
    asked: list[tuple[str, dict[str, Any]]] = [(ALONG, {"id": ids["contact"][0]})]

    rng = chosen()
    asked += distinct(lambda: query(rng, both.schema, ids), EXAMPLES)
    statements = 0
    for text, variables in asked:
        document = both.documents.read(text, None)
        values = get_variable_values(
            both.schema, document.operation.variable_definitions or (), variables
        )
        if not isinstance(values, VariableValues):
            continue
        context = Overheard(
            peopled.actor, peopled.permissions, house.db, house.sessions, peopled.listeners
        )
        await execution.run(document, variables, values, context, planned=planned)
        for statement in context.texts:
            assert unsaid(statement) == [], (text, statement)
        statements += len(context.texts)

    assert statements > EXAMPLES / 3
