"""What was committed is told after the commit: at least once, and written once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest_asyncio

from core.jobs.jobs import SERVED
from core.kit.ids import first_id
from core.kit.outbox import MOST_ATTEMPTS, pause
from core.kit.session import Actor
from gateway.delivery import deliver_all
from tests.cast import House
from tests.gateway.stage import MODULES, Called, Stage


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(house: House) -> AsyncIterator[Stage]:
    async with Stage.open(house) as opened:
        yield opened


async def test_entries_are_delivered_once_and_in_order(stage: Stage) -> None:
    caller, tenant = await stage.tenant()
    await stage.call(caller, "one", "two")
    await stage.call(caller, "three")

    assert await deliver_all(stage.backstage, tenant) == 3
    assert await deliver_all(stage.backstage, tenant) == 0

    assert await stage.written(caller) == ["one", "two", "three"]
    assert [entry["delivered_at"] is not None for entry in await stage.entries(caller)] == [
        True
    ] * 3


async def test_two_deliverers_share_the_work(stage: Stage) -> None:
    caller, tenant = await stage.tenant()
    words = [f"word {n}" for n in range(20)]
    await stage.call(caller, *words)

    delivered = await asyncio.gather(*(deliver_all(stage.backstage, tenant) for _ in range(2)))

    assert sum(delivered) == 20
    assert sorted(await stage.written(caller)) == sorted(words)


async def test_what_was_not_committed_is_not_told(stage: Stage) -> None:
    caller, tenant = await stage.tenant()

    try:
        async with stage.backstage.sessions.begin(caller.actor, MODULES.listeners) as session:
            await session.tell(Called("never"))
            raise InterruptedError
    except InterruptedError:
        pass

    assert await deliver_all(stage.backstage, tenant) == 0
    assert await stage.entries(caller) == []


async def test_a_failed_delivery_writes_nothing_waits_and_holds_up_no_other(stage: Stage) -> None:
    caller, tenant = await stage.tenant()
    await stage.call(caller, "refused", "next")

    assert await deliver_all(stage.backstage, tenant) == 1

    assert await stage.written(caller) == ["next"]
    failed = (await stage.entries(caller))[0]
    assert (failed["attempts"], failed["error"], failed["delivered_at"]) == (1, "Not today.", None)
    assert timedelta(seconds=3) < failed["wait"] <= timedelta(seconds=5)
    assert await deliver_all(stage.backstage, tenant) == 0


async def test_the_reason_of_a_broken_listener_is_in_the_log_only(stage: Stage) -> None:
    caller, tenant = await stage.tenant()
    await stage.call(caller, "broken")

    await deliver_all(stage.backstage, tenant)

    error = (await stage.entries(caller))[0]["error"]
    assert error.startswith("Unexpected error. Quote ")
    assert "hunter2" not in error


async def test_an_entry_that_always_fails_is_dead_after_ten_attempts(stage: Stage) -> None:
    caller, tenant = await stage.tenant()
    await stage.call(caller, "refused")

    for _ in range(MOST_ATTEMPTS + 2):
        await stage.hurry(caller)
        await deliver_all(stage.backstage, tenant)

    (entry,) = await stage.entries(caller)
    assert (entry["attempts"], entry["error"]) == (10, "Not today.")
    assert entry["dead_at"] is not None
    assert await stage.written(caller) == []


async def test_an_entry_that_kills_its_process_is_dead_too(stage: Stage) -> None:
    caller, tenant = await stage.tenant()
    await stage.call(caller, "killer")
    await stage.house.owner.execute(
        "update core_outbox_entry set attempts = 10 where tenant_id = $1", caller.id
    )

    assert await deliver_all(stage.backstage, tenant) == 0

    (entry,) = await stage.entries(caller)
    assert entry["error"] == "The process that delivered it ended before it was done."
    assert entry["dead_at"] is not None


async def test_an_entry_waits_while_its_module_is_off(stage: Stage) -> None:
    caller, tenant = await stage.tenant()
    await stage.call(caller, "later")
    await stage.house.owner.execute(
        "update core_tenant set modules = '{}' where id = $1", caller.id
    )
    off = await stage.backstage.tenant(caller.id)
    assert off is not None

    assert await deliver_all(stage.backstage, off) == 0
    await stage.hurry(caller)
    assert await deliver_all(stage.backstage, tenant) == 1

    assert await stage.written(caller) == ["later"]


async def test_a_tenants_outbox_is_its_own(stage: Stage) -> None:
    caller, tenant = await stage.tenant()
    other_caller, other = await stage.tenant()
    await stage.call(caller, "mine")

    assert await deliver_all(stage.backstage, other) == 0
    assert caller.id in await stage.backstage.waiting()
    assert other.id not in await stage.backstage.waiting()
    assert await deliver_all(stage.backstage, tenant) == 1
    assert caller.id not in await stage.backstage.waiting()
    assert await stage.written(other_caller) == []


async def test_a_listener_can_tell_a_second_delivery_from_a_second_event(stage: Stage) -> None:
    caller, tenant = await stage.tenant()
    await stage.call(caller, "one")
    (entry,) = await stage.entries(caller)

    await deliver_all(stage.backstage, tenant)

    actor = await stage.house.owner.fetchval(
        "select actor from core_audit_entry "
        "where tenant_id = $1 and row_type = 'core_contact_group'",
        caller.id,
    )
    assert actor == f"outbox:{entry['id']}"
    assert Actor(caller.id).name != actor


def test_pauses_grow_up_to_six_hours() -> None:
    pauses = [pause(attempt).total_seconds() for attempt in range(1, MOST_ATTEMPTS + 1)]

    assert pauses == [5, 15, 45, 135, 405, 1215, 3645, 10935, 21600, 21600]


async def test_at_night_old_entries_and_keys_are_removed_but_not_what_waits_or_is_dead(
    stage: Stage,
) -> None:
    caller, _ = await stage.tenant()
    await stage.call(caller, "delivered long ago", "delivered lately", "dead", "waiting")
    long_ago = datetime.now(UTC) - timedelta(days=9)
    for n, (word, columns) in enumerate(
        {
            "delivered long ago": "delivered_at = now() - interval '8 days'",
            "delivered lately": "delivered_at = now() - interval '6 days'",
            "dead": "dead_at = now() - interval '8 days'",
            "waiting": "attempts = 1",
        }.items()
    ):
        await stage.house.owner.execute(
            f"update core_outbox_entry set {columns}, id = $3 "
            "where tenant_id = $1 and event ->> 'word' = $2",
            caller.id, word, first_id(long_ago + timedelta(seconds=n)),
        )  # fmt: skip
    for key, age in {"old": 25, "fresh": 23}.items():
        await stage.house.owner.execute(
            "insert into core_idempotency_key (tenant_id, caller, key, request, at) "
            "values ($1, 'someone', $2, '', now() - make_interval(hours => $3))",
            caller.id, key, age,
        )  # fmt: skip

    async with caller.session() as session:
        assert await SERVED.run(session, None) == 2  # type: ignore[arg-type]

    left = "select event ->> 'word' as word from core_outbox_entry where tenant_id = $1"
    words = sorted(row["word"] for row in await stage.house.owner.fetch(left, caller.id))
    assert words == ["dead", "delivered lately", "waiting"]
    keys = "select key from core_idempotency_key where tenant_id = $1"
    assert [row["key"] for row in await stage.house.owner.fetch(keys, caller.id)] == ["fresh"]
