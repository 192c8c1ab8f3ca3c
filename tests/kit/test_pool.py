"""A pooled connection never carries a tenant over, and no tenant has the pool to itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from core.kit import pool
from core.kit.errors import Busy
from core.kit.pool import PREPARED, Database
from core.kit.settings import Settings, asyncpg_dsn
from tests.cast import House, Tenant

#: Without a tenant predicate: only row-level security says whose rows these are.
OWN = "select tenant_id from core_user"
SLOW = "select tenant_id from core_user, pg_sleep(20)"
STEPS = 40


@pytest_asyncio.fixture(loop_scope="session", params=[PREPARED, 0], ids=["prepared", "anew"])
async def single(
    settings: Settings, request: Any, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    """One connection. Statements prepared anew each time take more steps to be cancelled in."""
    monkeypatch.setattr(pool, "PREPARED", request.param)
    dsn = asyncpg_dsn(settings.app_database_url)
    async with Database.open(dsn, size=1, statement_timeout_s=0.2) as db:
        yield db


async def seen_by(db: Database, tenant: Tenant) -> set[Any]:
    return {row["tenant_id"] for row in await db.fetch(tenant.id, OWN, [])}


async def fails(db: Database, tenant: Tenant, how: str) -> None:
    statements: dict[str, tuple[str, Any]] = {
        "division": ("select 1 / 0", asyncpg.DivisionByZeroError),
        "syntax": ("select from from", asyncpg.PostgresSyntaxError),
        "value": ("select $1::int", asyncpg.DataError),
        "time": (SLOW, asyncpg.QueryCanceledError),
        "the server": ("select pg_terminate_backend(pg_backend_pid())", asyncpg.PostgresError),
    }
    text, error = statements[how]
    with pytest.raises((error, asyncpg.InterfaceError, OSError)):
        await db.fetch(tenant.id, text, ["x"] if how == "value" else [])


async def cancelled(db: Database, tenant: Tenant, text: str, steps: int, wait: float = 0) -> None:
    """Ask, and give up after so many turns of the event loop: before, in or after each step."""
    task = asyncio.create_task(db.fetch(tenant.id, text, []))
    for _ in range(steps):
        await asyncio.sleep(0)
    await asyncio.sleep(wait)
    task.cancel()
    await asyncio.wait([task])


@pytest.mark.parametrize("how", ["division", "syntax", "value", "time", "the server"])
async def test_after_a_failed_statement_the_next_tenant_sees_its_own(
    single: Database, tenant: Tenant, other_tenant: Tenant, how: str
) -> None:
    for first, second in ((tenant, other_tenant), (other_tenant, tenant), (tenant, tenant)):
        await fails(single, first, how)
        assert await seen_by(single, second) == {second.id}


@pytest.mark.parametrize("text", [OWN, SLOW])
async def test_wherever_a_request_is_cancelled_whoever_is_next_sees_its_own(
    single: Database, tenant: Tenant, other_tenant: Tenant, text: str
) -> None:
    for steps in range(STEPS):
        first, second = random.Random(steps).sample([tenant, other_tenant], 2)
        assert await seen_by(single, second) == {second.id}
        await cancelled(single, first, text, steps)
        assert await seen_by(single, first) == {first.id}
        await cancelled(single, second, text, steps)
        assert await seen_by(single, first) == {first.id}
        await cancelled(single, second, text, steps, wait=0.002)
        assert await seen_by(single, second) == {second.id}


async def test_tenants_in_turn_at_once_with_failures_between_see_their_own(
    single: Database, house: House
) -> None:
    tenants = [await house.tenant() for _ in range(4)]
    rng = random.Random(3)

    async def visit(number: int) -> set[Any]:
        tenant = tenants[number % 4]
        match rng.randrange(6):
            case 0:
                await fails(single, tenant, rng.choice(["division", "syntax", "value"]))
            case 1:
                await cancelled(single, tenant, rng.choice([OWN, SLOW]), rng.randrange(STEPS))
        return await seen_by(single, tenant) ^ {tenant.id}

    found = await asyncio.gather(*(visit(number) for number in range(300)))

    assert set().union(*found) == set()


async def test_a_tenant_that_sees_nothing_sees_nothing_after_others(
    single: Database, tenant: Tenant
) -> None:
    from core.tenancy.lookups import NOBODY

    assert await seen_by(single, tenant) == {tenant.id}
    assert await single.fetch(NOBODY, OWN, []) == []


async def test_a_statement_that_is_prepared_is_right_after_a_migration(
    single: Database, tenant: Tenant, other_tenant: Tenant
) -> None:
    owner, text = tenant.house.owner, "select * from migrated"
    await owner.execute("create table migrated as select 1 as one; grant all on migrated to public")
    try:
        for number, asks in enumerate([tenant, tenant, other_tenant, other_tenant, tenant]):
            await owner.execute(f"alter table migrated add column more{number} int default 2")
            found = await single.fetch(asks.id, text, [])
            assert [len(row) for row in found] == [number + 2]
            assert await seen_by(single, asks) == {asks.id}
    finally:
        await owner.execute("drop table migrated")


async def test_statements_prepared_on_a_connection_are_bounded(
    single: Database, tenant: Tenant
) -> None:
    for number in range(PREPARED + 50):
        await single.fetch(tenant.id, f"select {number}", [])

    (kept,) = await single.fetch(tenant.id, "select count(*) from pg_prepared_statements", [])

    assert kept["count"] <= pool.PREPARED + 1


async def test_one_tenants_slow_statements_leave_connections_to_the_others(
    settings: Settings, tenant: Tenant, other_tenant: Tenant
) -> None:
    dsn = asyncpg_dsn(settings.app_database_url)
    async with Database.open(dsn, size=4, patience_s=0.3) as db:
        slow = [asyncio.create_task(db.fetch(tenant.id, SLOW, [])) for _ in range(20)]
        await asyncio.sleep(0.1)

        for _ in range(10):
            assert await seen_by(db, other_tenant) == {other_tenant.id}

        with pytest.raises(Busy):
            await seen_by(db, tenant)
        for task in slow:
            task.cancel()
        await asyncio.wait(slow)
        assert await seen_by(db, tenant) == {tenant.id}
        assert db._shares == {}


async def test_who_waits_for_a_connection_in_vain_is_told_so(
    settings: Settings, tenant: Tenant, other_tenant: Tenant
) -> None:
    dsn = asyncpg_dsn(settings.app_database_url)
    async with Database.open(dsn, size=1, patience_s=0.1) as db:
        slow = asyncio.create_task(db.fetch(tenant.id, SLOW, []))
        await asyncio.sleep(0.05)

        with pytest.raises(Busy) as busy:
            await seen_by(db, other_tenant)

        assert busy.value.code == "THROTTLED"
        slow.cancel()
        await asyncio.wait([slow])
        assert await seen_by(db, other_tenant) == {other_tenant.id}
