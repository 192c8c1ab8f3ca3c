"""Every statement says itself whose rows it reads: row-level security is the net, not the rule."""

from __future__ import annotations

from typing import Any

import pytest
from graphql.execution.values import VariableValues, get_variable_values
from sqlalchemy import select, text

from core.kit import loaders
from core.kit.db import Base
from gateway.execution import Execution
from tests.cast import House, Tenant
from tests.kit.both import Both, some_ids
from tests.kit.queries import chosen, distinct, query
from tests.kit.test_statement_text import Overheard
from tests.kit.whose import Overhearing, unsaid

EXAMPLES = 200
#: Along the tree, in all the ways that a page and its total may go.
ALONG = """query($id: ID!) { contact(id: $id) {
    up: visits(scope: {ancestors: {all: true}}) { totalCount nodes { id } facets { facet } }
    down: visits(scope: {descendants: {all: true}}, first: 2) { totalCount nodes { id } }
    some: visits(scope: {descendants: {at: [1]}}, where: {reason: {contains: "a"}}) { totalCount }
} }"""


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


def test_a_change_without_its_tenant_is_noticed() -> None:
    assert unsaid("UPDATE core_contact SET name=$1 WHERE core_contact.id = $2") == ["core_contact"]
    assert unsaid("update core_contact set name = $1 where id = $2") == ["core_contact"]
    assert unsaid("update core_contact c set name = $1 where c.tenant_id = $2 and id = $3") == []
    assert unsaid("DELETE FROM core_contact WHERE core_contact.id = $1") == ["core_contact"]
    assert unsaid("delete from core_contact where tenant_id = $1") == []
    add = "INSERT INTO core_tag (tenant_id, id, name)"
    assert unsaid(f"{add} VALUES ($1, $2, $3)") == []
    assert unsaid(f"{add} SELECT $1, id, name FROM core_contact") == ["core_contact"]


async def test_what_sessions_send_is_overheard(tenant: Tenant, overheard: Overhearing) -> None:
    """The net holds: row-level security shows no other tenant's. The rule is broken, and said."""
    statement = "select count(*) from core_contact_group where name <> 'nobody says of whom'"
    async with tenant.session() as session:
        await session.execute(text(statement))

    assert overheard.told() == [(["core_contact_group"], statement)]


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
    for asking, variables in asked:
        document = both.documents.read(asking, None)
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
            assert unsaid(statement) == [], (asking, statement)
        statements += len(context.texts)

    assert statements > EXAMPLES / 3


async def test_what_is_planned_leaves_the_models_as_they_are(tenant: Tenant) -> None:
    """A session knows by what a select is of which table it is, and whose rows are meant."""
    await tenant.ask("{ contacts { nodes { owner { name } effectiveFlags { setBy } } } }")
    forgotten = [
        str(attribute)
        for mapper in Base.registry.mappers
        for attribute in mapper.column_attrs
        if not select(attribute.class_attribute)._propagate_attrs
    ]
    assert forgotten == []
