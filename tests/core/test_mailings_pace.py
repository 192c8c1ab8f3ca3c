"""How fast mails go, by the clock of the workers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from core.mail.rules.templates import Filled
from core.mail.services import claiming, handing, letters
from core.mail.services.claiming import Wait
from core.mail.services.pacing import Turns, take_turns
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
            if isinstance(claimed, list):
                went[worker.slug] += [(each.at - began).total_seconds() for each in claimed]

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

    assert isinstance(claimed, list)
    assert [each.address for each in claimed] == ["now@exemple.fr"]


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


async def test_r047_one_mail_more_costs_six_statements(
    house: House, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To look at who gets it, to begin it, to mark it: what is asked when they are claimed is asked
    for 25 at once.
    """
    monkeypatch.setattr("gateway.mailing.STALE_SECONDS", 60)  # however slow this machine is
    sent: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    costs = {}
    await persons(tenant, 53)
    async with mail_server() as server, Post.open(house, smtp_url=server.url()) as post:
        for many in (1, 28, 53):  # claimed as 4, 8, 16 and 25
            emails = [f"p{n}@exemple.fr" for n in range(1, many + 1)]
            await let_go(tenant, await to_persons(tenant, where={"email": {"in": emails}}))
            sent.clear()
            event.listen(Engine, "before_cursor_execute", hear)
            await post.deliver(tenant)
            event.remove(Engine, "before_cursor_execute", hear)
            costs[many] = len(sent)
        assert sum(server.addresses().values()) == 82

    assert costs[53] - costs[28] == 25 * 6 + 7
    assert costs[28] - costs[1] == 27 * 6 + 2 * 7


async def test_r047_the_pace_of_a_minute_is_kept_to_the_mail_by_two_workers(
    house: House, tenant: Tenant
) -> None:
    """Workers that come back late, each by its own whim, lose no turn and gain none."""
    pause, many = timedelta(seconds=0.2), 2
    began, chance = datetime(2031, 1, 1, tzinfo=UTC), Random(47)
    comes = [began, began + timedelta(seconds=0.05)]
    turns: list[datetime] = []
    while (now := min(comes)) < began + timedelta(minutes=1):
        worker = comes.index(now)
        late = timedelta(seconds=chance.random() * 0.15)
        async with house.sessions.begin(tenant.actor, tenant.listeners, now) as session:
            found = await take_turns(session, pause, many)
        if isinstance(found, Turns):
            turns += [found.at(0), found.at(1)]
            comes[worker] = found.at(1) + late
        else:
            comes[worker] = now + found + late

    turns = [turn for turn in turns if turn < began + timedelta(minutes=1)]
    assert turns == [began + n * pause for n in range(300)]


async def test_r047_who_sends_nothing_for_a_while_has_saved_no_turns(
    house: House, tenant: Tenant
) -> None:
    pause, began = timedelta(seconds=0.2), datetime(2031, 1, 1, tzinfo=UTC)
    firsts = []
    for now in (began, began + timedelta(seconds=30)):
        async with house.sessions.begin(tenant.actor, tenant.listeners, now) as session:
            found = await take_turns(session, pause, 2)
        assert isinstance(found, Turns)
        firsts.append(found.at(0))

    assert firsts == [began, began + timedelta(seconds=30)]


async def test_r047_what_a_slow_server_leaves_is_looked_at_again_before_it_goes(
    house: House, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of those claimed together, each that waited too long is put back, and blamed for nothing."""
    monkeypatch.setattr("gateway.mailing.STALE_SECONDS", -1)
    for name in ("Ada", "Bea", "Cleo"):
        await person(tenant, name)
    mailing = await let_go(tenant, await to_persons(tenant))
    async with mail_server() as server, Post.open(house, smtp_url=server.url()) as post:
        async with post.postman(tenant) as postman:
            claimed = await postman.claim()
            assert isinstance(claimed, list)
            assert len(claimed) == 3
            await postman.carry(claimed)
        left = [(m["state"], m["attempts"], m["claim"]) for m in await post.mails(tenant)]
        await post.deliver(tenant)

    assert left == [("SENT", 1, None), ("QUEUED", 0, None), ("QUEUED", 0, None)]
    assert (await read(tenant, mailing))["sentCount"] == 3
    assert sorted(server.addresses().values()) == [1, 1, 1]
    assert [(m["attempts"], m["claim"]) for m in await post.mails(tenant)] == [(1, None)] * 3


async def test_r047_what_was_claimed_of_a_mailing_that_is_cancelled_then_is_skipped(
    house: House, tenant: Tenant
) -> None:
    for name in ("Ada", "Bea"):
        await person(tenant, name)
    mailing = await let_go(tenant, await to_persons(tenant))
    modules, at_once = house.modules.only(tenant.modules), {"mails_per_minute": 60_000}
    settings = house.settings.model_copy(update=at_once)
    async with tenant.session() as session:
        claimed = await claiming.claim(session, modules, settings)
    assert isinstance(claimed, list)
    await tenant.do("mailingCancel", id=mailing["id"])

    async with tenant.session() as session:
        await handing.release(session, claimed)

    found = await read(tenant, mailing)
    assert (found["skippedCount"], found["toSendCount"]) == (2, 0)
    async with tenant.session() as session:
        assert not await handing.begin(session, claimed[0])


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
        claimed = await claiming.claim(session, modules, house.settings, most=1)
        looked_at = await session.scalar(read_)

    assert isinstance(claimed, list)
    assert claimed[0].address == "p1@exemple.fr"
    assert looked_at < 300  # mails of other tests among them, of 3,000 that wait here
    assert (await read(tenant, mailing))["toSendCount"] == 3000
