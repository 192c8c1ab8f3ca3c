"""A tenant that the statistics don't know yet is served as quickly as any other."""

from __future__ import annotations

import json
from typing import Any

import asyncpg
import pytest
from graphql.execution.values import VariableValues, get_variable_values

from core.kit.settings import asyncpg_dsn
from tests.cast import House, Tenant
from tests.kit.both import Both
from tests.kit.test_statement_text import Overheard

CONTACTS = 2_000
LIST = """{ contacts(first: 50) { totalCount nodes { id name group { name } parent { name }
    primaryPerson { fullName } customValues { key display } } } }"""
ONE = """query($id: ID!) { contact(id: $id) { name group { name } parent { name }
    overview { name group { name } primaryPerson { fullName } } } }"""
NAMED = """{ persons(first: 50, where: {name: {contains: "p"}}) { nodes { id fullName
    contact { name group { name } } } } }"""
FILL = (
    "insert into core_contact (tenant_id, id, name, name_key, group_id, created_at, updated_at) "
    "select $1, gen_random_uuid(), 'S ' || n, 's ' || n, $2, now(), now() "
    f"from generate_series(1, {CONTACTS}) n",
    "insert into people_person (tenant_id, id, contact_id, is_primary, last_name, name_key, "
    "booking_access, receives_documents, receives_marketing) "
    "select $1, gen_random_uuid(), id, true, 'P', 'p', false, false, false "
    "from core_contact where tenant_id = $1 and group_id = $2",
)


async def fill(house: House, tenant: Tenant) -> str:
    """Contacts with their persons, as an import makes them; the id of one."""
    group = (await tenant.group()).removeprefix("contact_group_")
    for statement in FILL:
        await house.owner.execute(statement, tenant.id, group)
    key = await house.owner.fetchval(
        "select id from core_contact where tenant_id = $1 order by id limit 1", tenant.id
    )
    return f"contact_{key.hex}"


async def pages_read(house: House, tenant: Tenant, document: str, **given: Any) -> int:
    """How many pages of eight kilobytes PostgreSQL looks at to answer *document*."""
    both = Both(house, tenant)
    read = both.documents.read(document, None)
    values = get_variable_values(both.schema, read.operation.variable_definitions or (), given)
    assert isinstance(values, VariableValues)
    context = Overheard(
        tenant.actor, tenant.permissions, house.db, house.sessions, tenant.listeners
    )
    await both.execution.run(read, given, values, context, planned=True)
    (plan,) = both.execution.plans._made.values()
    (statement,) = context.texts
    connection = await asyncpg.connect(asyncpg_dsn(house.settings.app_database_url))
    try:
        await connection.execute(f"set app.tenant = '{tenant.id}'")
        await connection.execute(f"set plan_cache_mode = '{plan.mode}'")
        await connection.execute(f"prepare asked as {statement}")
        bound = ", ".join(map(literal, context.bound))
        explain = f"explain (analyze, buffers, format json) execute asked({bound})"
        for _ in range(2):  # the first reads the catalogue, too
            told = await connection.fetchval(explain)
        (found,) = json.loads(told)
        return int(found["Plan"]["Shared Hit Blocks"] + found["Plan"]["Shared Read Blocks"])
    finally:
        await connection.close()


def literal(value: Any) -> str:
    if isinstance(value, list):
        return f"array[{', '.join(map(literal, value))}]::text[]"
    return "null" if value is None else f"'{value}'"


@pytest.mark.parametrize(
    ("document", "most"),
    [(LIST, 10_000), (ONE, 500), (NAMED, 2_000)],
    ids=["list", "one", "filtered"],
)
async def test_what_is_read_does_not_grow_with_a_tenant_that_nobody_has_counted(
    house: House, tenant: Tenant, other_tenant: Tenant, document: str, most: int
) -> None:
    await fill(house, other_tenant)
    await house.owner.execute("analyze core_contact, core_contact_group, people_person")
    contact = await fill(house, tenant)

    given = {"id": contact} if document is ONE else {}
    assert await pages_read(house, tenant, document, **given) < most
