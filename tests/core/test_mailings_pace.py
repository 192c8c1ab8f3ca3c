"""How fast mails go, by the clock of the workers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event, text

from core.mail.rules.templates import Filled
from core.mail.services import claiming, letters
from core.mail.services.claiming import Wait
from core.mail.services.handing import Claimed
from tests.cast import House, Tenant
from tests.post import Post, let_go, mailbox, person, persons, read, to_persons
from tests.smtp import mail_server

STEP = timedelta(seconds=0.25)


async def test_r047_mails_go_at_the_tenants_pace_whatever_the_number_of_workers(
    house: House, tenant: Tenant, other_tenant: Tenant
) -> None:
    for each in (tenant, other_tenant):
        for number in range(5):
            await person(each, f"P{number}")
        await let_go(each, await to_persons(each))
    settings = house.settings.model_copy(update={"mails_per_minute": 60})
    began = datetime.now(UTC)
    went: dict[str, list[float]] = {tenant.slug: [], other_tenant.slug: []}

    for step in range(21):
        now = began + step * STEP
        for worker in (tenant, tenant, other_tenant):  # two of them for the first
            modules = house.modules.only(worker.modules)
            async with house.sessions.begin(worker.actor, worker.listeners, now) as session:
                claimed = await claiming.claim(session, modules, settings)
            if isinstance(claimed, Claimed):
                went[worker.slug].append((now - began).total_seconds())

    assert went == {slug: [0, 1, 2, 3, 4] for slug in went}


async def test_r047_single_mails_do_not_wait_behind_a_mailing(house: House, tenant: Tenant) -> None:
    for name in ("Ada", "Bea"):
        await person(tenant, name)
    await let_go(tenant, await to_persons(tenant))
    async with tenant.session() as session:
        await letters.post(session, Filled("Now", None, "Now"), "now@exemple.fr")
    modules, at_once = house.modules.only(tenant.modules), {"mails_per_minute": 60_000}
    settings = house.settings.model_copy(update=at_once)

    async with house.sessions.begin(tenant.actor, tenant.listeners) as session:
        claimed = await claiming.claim(session, modules, settings)

    assert isinstance(claimed, Claimed)
    assert claimed.address == "now@exemple.fr"


async def test_r047_many_who_have_opted_out_meanwhile_are_skipped_a_hundred_at_a_time(
    house: House, tenant: Tenant
) -> None:
    await persons(tenant, 103)
    mailing = await let_go(tenant, await to_persons(tenant))
    await house.owner.execute(
        "update people_person set receives_marketing = false where tenant_id = $1", tenant.id
    )
    modules = house.modules.only(tenant.modules)
    came = []
    for _ in range(2):
        async with house.sessions.begin(tenant.actor, tenant.listeners) as session:
            came.append(await claiming.claim(session, modules, house.settings))

    assert came == [Wait(0), None]
    found = await read(tenant, mailing)
    assert (found["state"], found["skippedCount"], found["toSendCount"]) == ("DONE", 103, 0)


async def test_r047_one_mail_more_costs_eleven_statements(house: House, tenant: Tenant) -> None:
    """What all mails of a round have alike is read once; whether each may go, each time."""
    sent: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    costs = {}
    await persons(tenant, 12)
    async with mail_server() as server, Post.open(house, smtp_url=server.url()) as post:
        for many in (2, 12):
            await let_go(
                tenant,
                await to_persons(
                    tenant,
                    where={"email": {"in": [f"p{n}@exemple.fr" for n in range(1, many + 1)]}},
                ),
            )
            sent.clear()
            event.listen(Engine, "before_cursor_execute", hear)
            await post.deliver(tenant)
            event.remove(Engine, "before_cursor_execute", hear)
            costs[many] = len(sent)
        assert sorted(server.addresses().values()) == [1] * 10 + [2] * 2

    assert (costs[12] - costs[2]) / 10 == 11


async def test_r047_mailings_that_go_in_one_round_say_each_what_is_theirs(
    house: House, tenant: Tenant
) -> None:
    await person(tenant, "Ada")
    for subject in ("One", "Two", "Three"):
        await let_go(tenant, await to_persons(tenant, subject=subject, text=f"{subject}!"))
    async with Post.open(house) as post:
        await post.deliver(tenant)

    assert [mail["subject"] for mail in await mailbox(tenant)][::-1] == ["One", "Two", "Three"]


async def test_r047_the_next_of_many_is_found_by_its_index(house: House, tenant: Tenant) -> None:
    """Each claim of a large mailing read all that was left of it."""
    await persons(tenant, 1)
    mailing = await let_go(tenant, await to_persons(tenant))
    columns = "tenant_id, mailing_id, kind, language, recipient_type, state, attempts, next_at"
    await house.owner.execute(
        f"insert into core_mail ({columns}, id, position, address_key) "
        f"select {columns}, gen_random_uuid(), n, n::text || '@exemple.fr' "
        "from core_mail, generate_series(2, 3000) n where tenant_id = $1",
        tenant.id,
    )
    await house.owner.execute("analyze core_mail")
    modules = house.modules.only(tenant.modules)
    read_ = text(
        "select sum(idx_tup_fetch + seq_tup_read) from pg_stat_xact_user_tables "
        "where relname = 'core_mail'"
    )
    async with house.sessions.begin(tenant.actor, tenant.listeners) as session:
        claimed = await claiming.claim(session, modules, house.settings)
        looked_at = await session.scalar(read_)

    assert isinstance(claimed, Claimed)
    assert claimed.address == "p1@exemple.fr"
    assert looked_at < 300  # mails of other tests among them, of 3,000 that wait here
    assert (await read(tenant, mailing))["toSendCount"] == 3000
