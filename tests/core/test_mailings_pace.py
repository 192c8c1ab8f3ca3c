"""How fast mails go, by the clock of the workers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.mail.rules.templates import Filled
from core.mail.services import claiming, letters
from core.mail.services.claiming import Wait
from core.mail.services.handing import Claimed
from tests.cast import House, Tenant
from tests.post import let_go, person, persons, read, to_persons

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
