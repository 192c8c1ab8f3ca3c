"""What is watched: shown at once, again when it changes, and only to whom it may be shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from core.jobs.services import start_job
from core.kit.ids import global_id
from core.kit.settings import Settings
from gateway import background, embedded
from gateway.app import create_app
from gateway.backstage import Backstage
from gateway.live.announcing import Announcer
from gateway.live.hub import Hub
from gateway.live.limits import LiveLimits
from tests.cast import House, Tenant
from tests.gateway.test_http_pages import browser, opened
from tests.gateway.watching import Watcher, events, server, token_of, until, watcher
from tests.plugins.missions.cast import mission_type

__all__ = ["browser"]  # the fixture
JOB = "subscription($id: ID!) { jobChanged(id: $id) { state total done } }"
JOBS = "subscription { jobsChanged(first: 5) { totalCount nodes { state } } }"
ALERTS = "subscription { myAlertsChanged { totalCount nodes { cause acknowledgedAt } } }"
#: Quick, but where time has to pass.
LIMITS = LiveLimits(per_token=20, look_seconds=20, deaf_seconds=0.5)


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded.valkey(tmp_path_factory.mktemp("valkey") / "data") as url:
        yield url


@dataclass
class Town:
    """Two web processes and a worker, as far as they know of each other: by Valkey."""

    house: House
    host: str
    other_host: str
    backstage: Backstage

    async def ada(self, tenant: Tenant) -> str:
        return (await token_of(tenant))[0]

    async def do(self, token: str, text: str, **variables: Any) -> Any:
        """Ask the other web process."""
        async with httpx.AsyncClient() as client:
            answer = await client.post(
                f"http://{self.other_host}/graphql",
                json={"query": text, "variables": variables},
                headers={"Authorization": f"Bearer {token}"},
            )
        found = answer.json()
        assert "errors" not in found, found
        return found["data"]

    async def job(self, token: str) -> str:
        text = 'mutation { contactsExport(input: {format: CSV, columns: ["name"]}) { job { id } } }'
        identifier: str = (await self.do(token, text))["contactsExport"]["job"]["id"]
        return identifier

    async def work(self, tenant: Tenant) -> None:
        found = await self.backstage.tenant(tenant.id)
        assert found is not None
        assert await background.work(self.backstage, found)


@asynccontextmanager
async def town_of(house: House, redis_url: str) -> AsyncIterator[Town]:
    settings: Settings = house.settings.model_copy(update={"redis_url": redis_url})
    async with AsyncExitStack() as stack:
        announcer = Announcer(redis_url)
        stack.callback(announcer.close)
        backstage = await stack.enter_async_context(
            Backstage.open(settings, house.modules, on_topics=announcer.announce)
        )
        hosts = [
            await stack.enter_async_context(server(create_app(settings, live_limits=LIMITS)))
            for _ in range(2)
        ]
        yield Town(house, *hosts, backstage)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(house: House, redis_url: str) -> AsyncIterator[Town]:
    async with town_of(house, redis_url) as made:
        yield made


@pytest.fixture(autouse=True)
def _files(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.exporting.jobs.get_settings", lambda: house.settings)


async def test_r085_a_job_is_shown_at_once_then_as_it_goes_on_and_complete_when_it_is_over(
    town: Town, tenant: Tenant
) -> None:
    token = await town.ada(tenant)
    await tenant.contact("Dalkia")
    job = await town.job(token)

    async with watcher(town.host, token) as ada:
        await ada.watch(JOB, id=job)
        assert await ada.next() == {"jobChanged": {"state": "QUEUED", "total": None, "done": 0}}
        await town.work(tenant)
        shown = await ada.rest()

    assert shown[-1] == {"jobChanged": {"state": "SUCCEEDED", "total": 1, "done": 1}}
    assert {s["jobChanged"]["state"] for s in shown[:-1]} <= {"RUNNING"}


async def test_r085_the_same_by_a_stream_of_events(town: Town, tenant: Tenant) -> None:
    token = await town.ada(tenant)
    job = await town.job(token)

    async with events(town.host, token, JOB, id=job) as said:
        first = await anext(said)
        await town.work(tenant)
        *_, last, end = [each async for each in said]

    assert first == {"data": {"jobChanged": {"state": "QUEUED", "total": None, "done": 0}}}
    assert last == {"data": {"jobChanged": {"state": "SUCCEEDED", "total": 0, "done": 0}}}
    assert end == "complete"


@pytest.mark.parametrize("way", ["socket", "events"])
async def test_r085_a_job_that_is_cancelled_before_it_begins_is_shown_so_and_complete(
    town: Town, tenant: Tenant, way: str
) -> None:
    token = await town.ada(tenant)
    job = await town.job(token)
    cancel = "mutation($id: ID!) { jobCancel(input: {id: $id}) { job { state } } }"
    end = {"jobChanged": {"state": "CANCELLED", "total": None, "done": 0}}

    if way == "events":
        async with events(town.host, token, JOB, id=job) as said:
            await anext(said)
            await town.do(token, cancel, id=job)
            assert [each async for each in said] == [{"data": end}, "complete"]
        return
    async with watcher(town.host, token) as ada:
        await ada.watch(JOB, id=job)
        await ada.next()
        await town.do(token, cancel, id=job)
        assert await ada.rest() == [end]


async def test_r085_a_job_that_waits_goes_on_and_fails_is_shown_at_each_step(
    town: Town, tenant: Tenant
) -> None:
    """It is about an import that is no more."""
    token = await town.ada(tenant)
    async with tenant.session() as session:
        gone = {"batch": str(uuid4())}
        job = global_id("job", (await start_job(session, "core.import.check", gone, 7)).id)
    text = "subscription($id: ID!) { jobChanged(id: $id) { state total error } }"
    mutation = "mutation($id: ID!) { %s(input: {id: $id}) { job { state } } }"

    async with watcher(town.host, token) as ada:
        await ada.watch(text, id=job)
        seen = [await ada.next()]
        for way in ("jobPause", "jobResume"):
            await town.do(token, mutation % way, id=job)
            seen.append(await ada.next())
        await town.work(tenant)
        seen += await ada.rest()

    states = [one["jobChanged"]["state"] for one in seen]
    assert (states[:3], states[-1]) == (["QUEUED", "PAUSED", "QUEUED"], "FAILED")
    assert set(states[3:-1]) <= {"RUNNING"}
    assert seen[-1]["jobChanged"]["error"].startswith("There is no import")


async def test_a_job_that_is_over_is_shown_once(town: Town, tenant: Tenant) -> None:
    token = await town.ada(tenant)
    job = await town.job(token)
    await town.work(tenant)

    async with watcher(town.host, token) as ada:
        await ada.watch("subscription($id: ID!) { mine: jobChanged(id: $id) { id } }", id=job)

        assert await ada.rest() == [{"mine": {"id": job}}]


async def test_jobs_are_watched_together_and_the_selection_may_stand_in_fragments(
    town: Town, tenant: Tenant
) -> None:
    token = await town.ada(tenant)
    text = """subscription($where: JobFilter) { ...Watched }
      fragment Watched on Subscription {
        jobsChanged(where: $where) { totalCount }
        ... on Subscription { jobsChanged(where: $where) { nodes { ...Named } } } }
      fragment Named on Job { kind }"""

    async with watcher(town.host, token) as ada:
        await ada.watch(text, where={"kind": {"eq": "core.export"}})
        assert await ada.next() == {"jobsChanged": {"totalCount": 0, "nodes": []}}
        await town.job(token)
        assert await ada.next() == {
            "jobsChanged": {"totalCount": 1, "nodes": [{"kind": "core.export"}]}
        }


async def test_a_contact_is_shown_anew_when_it_or_what_belongs_to_it_is_written(
    town: Town, tenant: Tenant
) -> None:
    token = await town.ada(tenant)
    site = await tenant.contact("Site")
    other = await tenant.contact("Other")
    rename = """mutation($id: ID!, $name: String!) {
      contactUpdate(input: {id: $id, name: $name}) { userErrors { code } } }"""
    flag = """mutation($id: ID!) { contactFlagSet(input: {contactId: $id, text: "Dog"})
      { userErrors { code } } }"""
    kind = await mission_type(tenant)
    work = """mutation($id: ID!, $type: ID!) { missionCreate(input: {contactId: $id, typeId: $type})
      { mission { id } userErrors { code } } }"""
    shown = """subscription($id: ID!) { contactChanged(id: $id) {
      name flag { text } missions { totalCount } } }"""

    async with watcher(town.host, token) as ada:
        await ada.watch(shown, id=site)
        first = await ada.next()
        await town.do(token, rename, id=other, name="Another")
        await town.do(token, rename, id=site, name="Works")
        renamed = await ada.next()
        await town.do(token, flag, id=site)
        flagged = await ada.next()
        made = await town.do(token, work, id=site, type=kind)
        busy = await ada.next()

        mission = made["missionCreate"]["mission"]["id"]
        await ada.watch(
            "subscription($id: ID!) { missionChanged(id: $id) { status } }", "m", id=mission
        )
        assert (await ada.next("m"))["missionChanged"]["status"] == "NEW"
        cancel = """mutation($id: ID!) { missionSetStatus(
          input: {id: $id, to: CANCELLED, reason: "No"}) { userErrors { code } } }"""
        await town.do(token, cancel, id=mission)
        assert (await ada.next("m"))["missionChanged"]["status"] == "CANCELLED"

    assert [each["contactChanged"] for each in (first, renamed, flagged, busy)] == [
        {"name": "Site", "flag": None, "missions": {"totalCount": 0}},
        {"name": "Works", "flag": None, "missions": {"totalCount": 0}},
        {"name": "Works", "flag": {"text": "Dog"}, "missions": {"totalCount": 0}},
        {"name": "Works", "flag": {"text": "Dog"}, "missions": {"totalCount": 1}},
    ]


async def test_alerts_are_shown_as_they_are_raised_and_acknowledged(
    town: Town, tenant: Tenant
) -> None:
    token = await town.ada(tenant)
    me = (await town.do(token, "{ me { id } }"))["me"]["id"]
    site = await tenant.contact("Site", owner=me)
    suspend = """mutation($id: ID!) { contactSuspend(input: {contactId: $id, reason: "Unpaid"})
      { userErrors { code } } }"""
    mine = "{ myAlerts { nodes { id } } }"
    seen = "mutation($id: ID!) { alertAcknowledge(input: {id: $id}) { userErrors { code } } }"

    async with watcher(town.host, token) as ada:
        await ada.watch(ALERTS)
        assert await ada.next() == {"myAlertsChanged": {"totalCount": 0, "nodes": []}}
        await town.do(token, suspend, id=site)
        raised = await ada.next()
        alert = (await town.do(token, mine))["myAlerts"]["nodes"][0]["id"]
        await town.do(token, seen, id=alert)
        acknowledged = await ada.next()

    assert raised == {
        "myAlertsChanged": {
            "totalCount": 1,
            "nodes": [{"cause": "SUSPENDED", "acknowledgedAt": None}],
        }
    }
    assert acknowledged["myAlertsChanged"]["nodes"][0]["acknowledgedAt"] is not None


async def test_another_tenants_job_and_somebody_elses_are_as_absent_as_none(
    town: Town, tenant: Tenant, other_tenant: Tenant
) -> None:
    token, stranger = await town.ada(tenant), await town.ada(other_tenant)
    eve, _ = await token_of(tenant, "Eve", "contacts.read")
    job = await town.job(token)
    nobodys = global_id("job", UUID(int=7))

    for looking, identifier in ((stranger, job), (eve, job), (token, nobodys), (token, "x")):
        async with watcher(town.host, looking) as other:
            await other.watch(JOB, id=identifier)
            (said,) = await other.rest()

        assert said["data"] == {"jobChanged": None}
        assert said["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_another_tenants_jobs_are_not_counted(
    town: Town, tenant: Tenant, other_tenant: Tenant
) -> None:
    token, stranger = await town.ada(tenant), await town.ada(other_tenant)

    async with watcher(town.host, token) as ada:
        await ada.watch(JOBS)
        await ada.next()
        await town.job(stranger)
        await town.job(token)

        assert (await ada.next())["jobsChanged"]["totalCount"] == 1


async def test_another_tenants_announcements_wake_nobody(redis_url: str) -> None:
    ours, theirs = uuid4(), uuid4()
    here, there = Hub(redis_url, {}), Hub(redis_url, {})
    here.open()
    there.open()
    async with asyncio.timeout(60):
        while not (here.hears and there.hears):  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.01)
    bells = {tenant: here.bell() for tenant in (ours, theirs)}
    for tenant, bell in bells.items():
        bell.listen(tenant, {"job"})

    for hub in (here, there):
        for bell in bells.values():
            bell.hush()
        hub.announce(theirs, {"job:1"})
        await bells[theirs].wait(10)
        assert {tenant: bell._rung.is_set() for tenant, bell in bells.items()} == {
            ours: False,
            theirs: True,
        }

    await here.close()
    await there.close()


async def test_a_permission_that_is_withdrawn_ends_what_it_was_for(
    town: Town, tenant: Tenant
) -> None:
    admin = await town.ada(tenant)
    eve, user = await token_of(tenant, "Eve", "crm.alerts")
    change = """mutation($id: ID!) { userUpdate(input: {id: $id, roleIds: []})
      { userErrors { code } } }"""

    async with watcher(town.host, eve) as other:
        await other.watch(ALERTS)
        await other.watch(JOBS, "jobs")
        assert (await other.next())["myAlertsChanged"]["totalCount"] == 0
        await other.next("jobs")
        assert (await town.do(admin, change, id=user))["userUpdate"]["userErrors"] == []
        (said,) = await other.rest()
        await town.job(admin)  # what needs no permission goes on

    assert said["data"] == {"myAlertsChanged": None}
    assert said["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_signing_out_in_another_process_closes_the_connection(
    town: Town, tenant: Tenant
) -> None:
    token = await town.ada(tenant)

    async with (
        watcher(town.host, token) as idle,
        watcher(town.host, token) as ada,
        events(town.host, token, JOBS) as said,
    ):
        await ada.watch(JOBS)
        await ada.next()
        await anext(said)
        async with httpx.AsyncClient() as client:
            bearer = {"Authorization": f"Bearer {token}"}
            await client.post(f"http://{town.other_host}/auth/logout", headers=bearer)

        assert await ada.code() == (4401, "Unauthorized")
        assert await idle.code() == (4401, "Unauthorized")
        last, end = [each async for each in said]
    assert last["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert end == "complete"


async def test_a_module_that_is_switched_off_has_nothing_to_watch(town: Town, house: House) -> None:
    tenant = await house.tenant(frozenset({"core", "people"}))
    token = await town.ada(tenant)

    async with watcher(town.host, token) as ada:
        await ada.watch(ALERTS)
        (error,) = await ada.next()

    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_a_module_that_is_switched_off_meanwhile_ends_what_it_had_to_show(
    town: Town, tenant: Tenant
) -> None:
    token = await town.ada(tenant)
    rename = 'mutation { tenantSettingsUpdate(input: {name: "X"}) { userErrors { code } } }'

    async with watcher(town.host, token) as ada:
        await ada.watch(ALERTS)
        await ada.watch(JOBS, "jobs")
        await ada.next()
        await ada.next("jobs")
        await town.house.owner.execute(
            "update core_tenant set modules = '{people}' where id = $1", tenant.id
        )
        await town.do(token, rename)  # as whoever switches a module off, it has all look again
        (error,) = await ada.next()
        await town.job(token)

        assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert (await ada.next("jobs"))["jobsChanged"]["totalCount"] == 1


async def test_graphiql_shows_what_is_watched_until_it_is_stopped(
    town: Town, tenant: Tenant, browser: Browser
) -> None:
    token = await town.ada(tenant)
    url = f"http://{town.host}"
    page, complaints = await opened(browser, url)
    await page.evaluate("token => sessionStorage.setItem('fieldgate.token', token)", token)
    await page.goto(f"{url}/graphiql")
    await page.locator(".graphiql-query-editor .CodeMirror").click()
    await page.keyboard.press("ControlOrMeta+A")
    await page.keyboard.insert_text("subscription Overview { jobsChanged { totalCount } }")
    await page.locator(".graphiql-execute-button").click()
    await expect(page.locator(".result-window")).to_contain_text('"totalCount": 0')

    await town.job(token)

    await expect(page.locator(".result-window")).to_contain_text('"totalCount": 1')
    await page.locator(".graphiql-execute-button").click()
    await until(town.host, "fieldgate_live_operations 0.0")
    assert complaints == []


async def test_while_valkey_is_away_what_changes_is_found_by_looking(
    house: House, tenant: Tenant, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        with embedded.valkey(tmp_path / "valkey") as url:
            town = await stack.enter_async_context(town_of(house, url))
            token = await town.ada(tenant)
            ada: Watcher = await stack.enter_async_context(watcher(town.host, token))
            await ada.watch(JOBS)
            await ada.next()
        await house.owner.execute(
            "insert into core_job (tenant_id, id, kind, state, arguments, caller) "
            "select tenant_id, gen_random_uuid(), 'core.export', 'PAUSED', '{}', "
            "'user_' || replace(id::text, '-', '') from core_user "
            "where tenant_id = $1 and name = 'Ada'",
            tenant.id,
        )

        assert (await ada.next())["jobsChanged"]["nodes"] == [{"state": "PAUSED"}]


async def test_many_changes_at_once_are_shown_as_the_last_of_them(
    town: Town, tenant: Tenant
) -> None:
    token = await town.ada(tenant)
    async with watcher(town.host, token) as ada:
        await ada.watch(JOBS)
        await ada.next()
        started = asyncio.get_running_loop().time()
        await asyncio.gather(*(town.job(token) for _ in range(8)))
        shown = []
        while not shown or shown[-1] < 8:
            shown.append((await ada.next())["jobsChanged"]["totalCount"])
        seconds = asyncio.get_running_loop().time() - started

    assert len(shown) <= 2 + seconds * 4
