"""One row in every table for a tenant, made from nothing but the types of the columns."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

COLUMNS = """
select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type,
  a.attgenerated = '' as wanted
from pg_attribute a join pg_class c on c.oid = a.attrelid
join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
order by 1, a.attnum
"""
ROWS = "select md5(t::text), tenant_id from"
#: SQL for a value of each type; what is unique is random.
VALUES = {
    "uuid": "gen_random_uuid()",
    "text": "'x' || gen_random_uuid()",
    "character varying": "'x' || gen_random_uuid()",
    "integer": "1",
    "bigint": "1",
    "smallint": "1",
    "numeric": "1",
    "double precision": "1",
    "boolean": "false",
    "date": "current_date",
    "time without time zone": "localtime",
    "timestamp with time zone": "now()",
    "interval": "interval '1 day'",
    "json": "'[]'",
    "jsonb": "'{}'",
    "bytea": "''",
    "text[]": "'{}'",
    "integer[]": "'{}'",
    "uuid[]": "'{}'",
    "double precision[]": "'{}'",
}


async def owned_tables(owner: Any) -> dict[str, dict[str, str]]:
    """Every table with a ``tenant_id``: its columns, but for computed ones, and their types."""
    found: dict[str, dict[str, str]] = {}
    for row in await owner.fetch(COLUMNS):
        columns = found.setdefault(row["table"], {})
        if row["wanted"]:
            columns[row["column"]] = row["type"]
    return {table: columns for table, columns in found.items() if "tenant_id" in columns}


def insert_into(table: str, columns: Mapping[str, str]) -> str:
    """An insert of one row for the tenant $1. What it refers to needn't be there."""
    values = ["$1" if name == "tenant_id" else VALUES[type_] for name, type_ in columns.items()]
    names = ", ".join(f'"{name}"' for name in columns)
    return f"insert into {table} ({names}) values ({', '.join(values)})"


@asynccontextmanager
async def furnished(owner: Any, *tenants: UUID) -> AsyncIterator[dict[str, dict[str, str]]]:
    """Every table has one row more for each tenant, until the block ends."""
    tables = await owned_tables(owner)
    before = await as_they_are(owner, tables)
    async with owner.transaction():
        await owner.execute("set local session_replication_role = replica")  # no foreign keys
        for table, columns in tables.items():
            for tenant in tenants:
                await owner.execute(insert_into(table, columns), tenant)
    try:
        yield tables
    finally:
        async with owner.transaction():
            await owner.execute("set local session_replication_role = replica")
            for table in tables:
                kept = [row[0] for row in before[table]]
                await owner.execute(
                    f"delete from {table} t where tenant_id = any($1) and md5(t::text) <> all($2)",
                    tenants, kept,
                )  # fmt: skip


async def as_they_are(owner: Any, tables: Mapping[str, Any]) -> dict[str, list[Any]]:
    """All rows of all tables, as digests with their tenants: equal when nothing was touched."""
    return {
        table: [
            tuple(row)
            for row in await owner.fetch(
                f"select md5(t::text), tenant_id from {table} t order by 1"
            )
        ]
        for table in tables
    }


def without_ids(text: bytes) -> bytes:
    """*text* with every id blanked out: what is left must not tell tenants apart."""
    return re.sub(rb"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", b"ID", text)
