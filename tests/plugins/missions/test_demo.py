"""The demo's missions are such as people could have made them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text

from core.contacts.models import Contact
from plugins.missions.demo import FILL, TOLD, story
from plugins.missions.rules import COMPLETED, OVER, TRANSITIONS, UNPLANNED, MissionStatus
from tests.cast import Tenant

#: What the roll-up says and what the missions say, where the two differ.
WRONG_ROLL_UPS = """
    select a.contact_id from missions_contact_activity a
    full join (select contact_id, count(*) n, max(updated_at) last,
                      coalesce(sum(amount_excl_tax), 0) amount
               from missions_mission group by contact_id) m on m.contact_id = a.contact_id
    where (a.mission_count, a.last_mission_at, a.amount_excl_tax)
          is distinct from (m.n::int, m.last, m.amount)
"""


async def tell(tenant: Tenant, count: int) -> None:
    group = await tenant.group()
    for n in range(count):
        await tenant.contact(f"Site {n:02}", group=group)
    async with tenant.session() as session:
        rows = (await session.scalars(select(Contact).order_by(Contact.name_key))).all()
        await story(session, {row.name: row for row in rows})


async def rows(tenant: Tenant, sql: str) -> list[Any]:
    async with tenant.session() as session:
        return [tuple(row) for row in await session.execute(text(sql))]


async def test_the_demo_tells_lives_that_the_rules_allow(tenant: Tenant) -> None:
    await tell(tenant, TOLD + 2)

    steps = await rows(
        tenant, "select mission_id, before, after from missions_status_change order by at, id"
    )
    told = [(before, after) for _, before, after in steps if before is not None]
    assert len(told) > 100
    for before, after in told:
        assert MissionStatus(after) in TRANSITIONS[MissionStatus(before)]
    statuses = {status for _, _, status in steps}
    assert statuses == set(MissionStatus)


async def test_the_demo_plans_and_counts_as_the_services_do(tenant: Tenant) -> None:
    await tell(tenant, TOLD + 2)

    for status, planned, ended, late, made, changed in await rows(
        tenant,
        "select status, planned_start, actual_end, updated_at > now(), created_at, updated_at "
        "from missions_mission",
    ):
        assert (planned is None) == (status in UNPLANNED)
        assert (ended is not None) == (status in COMPLETED)
        assert not late
        assert made <= changed
        assert MissionStatus(status) in OVER or status not in COMPLETED
    assert await rows(tenant, WRONG_ROLL_UPS) == []
    ((counter, count),) = await rows(
        tenant,
        "select (select last from missions_counter), (select count(*) from missions_mission)",
    )
    assert counter == count
    assert await rows(
        tenant, "select count(*) from missions_status_change where before is null"
    ) == [(count,)]


async def test_filling_up_twice_adds_nothing_and_a_new_contact_gets_ten(tenant: Tenant) -> None:
    await tell(tenant, 3)
    ((before,),) = await rows(tenant, "select count(*) from missions_mission")
    contact = await tenant.contact("Newcomer")

    for _ in range(2):
        async with tenant.session() as session:
            for statement in FILL:
                await session.execute(text(statement), {"tenant": tenant.id, "now": session.now})

    query = "query($id: ID!) { contact(id: $id) { missions { totalCount } } }"
    assert (await tenant.ask(query, id=contact))["contact"]["missions"]["totalCount"] == 10
    assert await rows(tenant, "select count(*) from missions_mission") == [(before + 10,)]
