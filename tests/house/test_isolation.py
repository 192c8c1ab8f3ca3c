"""The database keeps tenants apart by itself, whatever a statement says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest_asyncio

from core.kit.rls import APP_ROLE
from core.kit.settings import asyncpg_dsn
from tests.cast import House, Tenant
from tests.house.rows import as_they_are, furnished, insert_into, owned_tables

#: Shared by all tenants; everything else is somebody's.
SHARED = {"core_tenant", "core_login", "alembic_version"}
#: Logs that the role that serves may add to, and do nothing else with.
APPEND_ONLY = {"people_consent"}
OWN = "(tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)"
OWN_TENANT = OWN.replace("tenant_id", "id")
POLICIES = "select policyname, cmd, roles, permissive, qual, with_check from pg_policies"
KEYS = """
select con.conrelid::regclass::text as table, con.conname as name,
  array(select attname::text from unnest(con.conkey) k
        join pg_attribute a on a.attrelid = con.conrelid and a.attnum = k) as columns,
  con.confrelid::regclass::text as target,
  array(select attname::text from unnest(con.confkey) k
        join pg_attribute a on a.attrelid = con.confrelid and a.attnum = k) as target_columns
from pg_constraint con where con.connamespace = 'public'::regnamespace and con.contype = any($1)
"""
UNIQUE = """
select indrelid::regclass::text as table, indexrelid::regclass::text as index,
  array(select a.attname::text from pg_attribute a
        where a.attrelid = indrelid and a.attnum = any(indkey)) as columns
from pg_index join pg_class c on c.oid = indrelid
where indisunique and c.relnamespace = 'public'::regnamespace
"""


@pytest_asyncio.fixture(loop_scope="session")
async def application(house: House) -> AsyncIterator[Any]:
    """A raw connection as the role that serves."""
    connection = await asyncpg.connect(asyncpg_dsn(house.settings.app_database_url))
    yield connection
    await connection.close()


async def enter(connection: Any, tenant: UUID | None) -> None:
    await connection.execute(
        "select set_config('app.tenant', $1, false)", str(tenant) if tenant else ""
    )


async def test_every_table_belongs_to_tenants_or_is_known_to_be_shared(house: House) -> None:
    all_tables = await house.owner.fetch(
        "select relname from pg_class where relkind in ('r', 'p') "
        "and relnamespace = 'public'::regnamespace"
    )
    owned = set(await owned_tables(house.owner))

    assert {row["relname"] for row in all_tables} - owned == {"core_tenant", "alembic_version"}


async def test_every_owned_table_is_under_row_level_security_by_one_policy(house: House) -> None:
    for table in set(await owned_tables(house.owner)) - SHARED:
        secured = await house.owner.fetchval(
            "select relrowsecurity from pg_class where oid = $1::regclass", table
        )
        policies = await house.owner.fetch(f"{POLICIES} where tablename = $1", table)

        assert secured, table
        assert [tuple(p) for p in policies] == [
            ("own_tenant", "ALL", [APP_ROLE], "PERMISSIVE", OWN, OWN)
        ], table


async def test_shared_tables_may_be_looked_up_and_written_for_oneself_only(house: House) -> None:
    async def policies(table: str) -> set[tuple[Any, ...]]:
        rows = await house.owner.fetch(f"{POLICIES} where tablename = $1", table)
        return {(p["policyname"], p["cmd"], p["qual"], p["with_check"]) for p in rows}

    assert await policies("core_tenant") == {
        ("look_up", "SELECT", "true", None),
        ("own_tenant", "UPDATE", OWN_TENANT, OWN_TENANT),
    }
    assert await policies("core_login") == {
        ("look_up", "SELECT", "true", None),
        ("own_tenant_adds", "INSERT", None, OWN),
        ("own_tenant_removes", "DELETE", OWN, None),
    }


async def test_the_tenant_is_part_of_every_key(house: House) -> None:
    owned = set(await owned_tables(house.owner)) - SHARED
    with_key = {row["table"] for row in await house.owner.fetch(KEYS, [b"p"])}

    assert owned <= with_key
    for row in await house.owner.fetch(UNIQUE):
        if row["table"] in owned:
            assert "tenant_id" in row["columns"], row["index"]
    for row in await house.owner.fetch(KEYS, [b"x"]):
        assert "tenant_id" in row["columns"], row["name"]


async def test_no_reference_can_point_into_another_tenant(house: House) -> None:
    found = await house.owner.fetch(KEYS, [b"f"])

    assert len(found) > 10
    for row in found:
        pairs = dict(zip(row["columns"], row["target_columns"], strict=True))
        expected = "id" if row["target"] == "core_tenant" else "tenant_id"
        assert pairs["tenant_id"] == expected, row["name"]


async def test_views_see_what_their_reader_may(house: House) -> None:
    views = await house.owner.fetch(
        "select relname, reloptions from pg_class where relkind in ('v', 'm') "
        "and relnamespace = 'public'::regnamespace"
    )

    for view in views:
        assert view["reloptions"] == ["security_invoker=true"], view["relname"]


async def test_the_role_that_serves_owns_nothing_and_bypasses_nothing(house: House) -> None:
    role = await house.owner.fetchrow(
        "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles "
        "where rolname = $1", APP_ROLE,
    )  # fmt: skip
    owns = await house.owner.fetchval(
        "select count(*) from pg_class where relowner = $1::regrole", APP_ROLE
    )
    granted = await house.owner.fetch(
        "select distinct privilege_type from information_schema.table_privileges "
        "where grantee = $1", APP_ROLE,
    )  # fmt: skip

    assert (tuple(role), owns) == ((False, False, False, False), 0)
    assert {g[0] for g in granted} == {"SELECT", "INSERT", "UPDATE", "DELETE"}


async def test_without_a_tenant_there_are_no_rows(
    house: House, application: Any, tenant: Tenant
) -> None:
    async with furnished(house.owner, tenant.id) as tables:
        await enter(application, None)
        for table in tables.keys() - SHARED:
            assert await application.fetchval(f"select count(*) from {table}") == 0, table


async def test_each_tenant_sees_its_own_rows_of_every_table_and_no_others(
    house: House, application: Any, tenant: Tenant, other_tenant: Tenant
) -> None:
    async with furnished(house.owner, tenant.id, other_tenant.id) as tables:
        await enter(application, tenant.id)
        for table in tables.keys() - SHARED:
            owners = await application.fetch(f"select distinct tenant_id from {table}")
            assert [row[0] for row in owners] == [tenant.id], table


async def test_no_statement_writes_another_tenants_rows_of_any_table(
    house: House, application: Any, tenant: Tenant, other_tenant: Tenant
) -> None:
    async with furnished(house.owner, tenant.id, other_tenant.id) as tables:
        before = await as_they_are(house.owner, tables)
        await enter(application, tenant.id)
        for table, columns in tables.items():
            theirs = f"where tenant_id = '{other_tenant.id}'"
            updated = await tried(application, f"update {table} set tenant_id = tenant_id {theirs}")
            deleted = await tried(application, f"delete from {table} {theirs}")
            inserted = await tried(application, insert_into(table, columns), other_tenant.id)
            given_away = await tried(
                application, f"update {table} set tenant_id = '{other_tenant.id}'"
            )

            if table in SHARED | APPEND_ONLY:
                assert updated == given_away == "no privilege", table
            else:
                assert (updated, given_away) == ("UPDATE 0", "against the policy"), table
            removed = "no privilege" if table in APPEND_ONLY else "DELETE 0"
            assert (deleted, inserted) == (removed, "against the policy"), table

        assert await as_they_are(house.owner, tables) == before


async def test_a_tenant_changes_no_other_tenants_name(
    application: Any, tenant: Tenant, other_tenant: Tenant
) -> None:
    await enter(application, tenant.id)
    rename = "update core_tenant set name = 'x' where id = $1"

    assert await tried(application, rename, other_tenant.id) == "UPDATE 0"
    assert await tried(application, "delete from core_tenant") == "no privilege"


async def tried(application: Any, statement: str, *values: Any) -> str:
    """What comes of a statement, which is undone in any case."""
    transaction = application.transaction()
    await transaction.start()
    try:
        return str(await application.execute(statement, *values))
    except asyncpg.InsufficientPrivilegeError as error:
        return "against the policy" if "row-level" in str(error) else "no privilege"
    finally:
        await transaction.rollback()
