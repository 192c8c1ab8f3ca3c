"""How statements about many rows are planned, written and committed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, text

from core.kit.bulk import commit_now, commit_soon, plan_by_size, planned_anew, write_audit
from core.kit.ids import new_id
from tests.cast import Tenant

MODE = text("select current_setting('plan_cache_mode')")


async def test_what_is_planned_anew_leaves_all_else_planned_as_before(tenant: Tenant) -> None:
    seen: list[Any] = []
    async with tenant.session() as session:
        seen.append(await session.scalar(MODE))
        async with planned_anew(session):
            seen.append(await session.scalar(MODE))
        seen.append(await session.scalar(MODE))
        await plan_by_size(session)
        async with planned_anew(session):
            seen.append(await session.scalar(MODE))
        seen.append(await session.scalar(MODE))
    async with tenant.session() as session:
        seen.append(await session.scalar(MODE))

    once, anew, fit = "force_generic_plan", "force_custom_plan", "auto"
    assert seen == [once, anew, once, anew, fit, once]


async def test_what_may_be_lost_in_a_crash_is_one_transaction_and_only_where_it_says_so(
    tenant: Tenant,
) -> None:
    how = text("select current_setting('synchronous_commit')")
    async with tenant.session() as session:
        before = await session.scalar(how)
        await commit_now(session)
        assert await session.scalar(how) == "on"
        await commit_soon(session)
        assert await session.scalar(how) == "off"
    async with tenant.session() as session:
        assert await session.scalar(how) == before


async def test_a_column_in_which_all_rows_are_alike_is_given_once_and_written_in_each(
    tenant: Tenant,
) -> None:
    keys = [new_id() for _ in range(3)]
    shared = new_id()
    entries = [
        {
            "id": new_id(), "action": "CHANGED", "row_type": "toy", "row_id": key,
            "root_id": shared, "changes": {"size": [None, size]},
        }
        for key, size in zip(keys, (1, True, 1.0), strict=True)
    ]  # fmt: skip
    async with tenant.session() as session:
        sent: list[Any] = []
        connection = (await session.connection()).sync_connection
        event.listen(connection, "before_cursor_execute", lambda *told: sent.append(told[3]))
        await write_audit(session, entries)
        rows = await session.execute(
            text(
                "select row_id, action, root_id, changes::text from core_audit_entry "
                "where tenant_id = :tenant and root_id = :root order by id"
            ),
            {"tenant": tenant.id, "root": shared},
        )
        assert [tuple(row) for row in rows] == [
            (key, "CHANGED", shared, f'{{"size": [null, {size}]}}')
            for key, size in zip(keys, ("1", "true", "1.0"), strict=True)
        ]
        assert sum(isinstance(value, list) for value in sent[0]) == 3  # id, row_id, changes

        alike = [{**entry, "id": new_id(), "changes": {"size": [1, 2]}} for entry in entries]
        await write_audit(session, alike)
        assert sum(isinstance(value, list) for value in sent[-1]) == 2
        found = await session.execute(
            text(
                "select count(*), count(distinct changes), min(changes::text) "
                "from core_audit_entry where tenant_id = :tenant and root_id = :root "
                "and changes->'size'->>0 = '1'"
            ),
            {"tenant": tenant.id, "root": shared},
        )
        assert tuple(found.one()) == (3, 1, '{"size": [1, 2]}')
