"""Jobs whose files go to a slow object store, or come from one: nobody else waits with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from core.files.handlers import remove_bytes
from core.files.services import remove_unclaimed
from core.files.store import Store
from core.kit.settings import Settings
from gateway.backstage import Backstage
from tests.cast import House, Tenant
from tests.core.test_files_in_a_bucket import away, bucket, names, server
from tests.importing import Importing, table
from tests.sending import Desk

__all__ = ["bucket", "server"]  # the fixtures
CONTACTS = table(["Nom", "Pays"], ["Dalkia", "FR"], ["Engie", "Utopia"])
STATE = "query($id: ID!) { job(id: $id) { state error fileName } }"


@dataclass
class Slow:
    """On the way to the object store: takes all, and passes it on once it may."""

    server: str
    address: str = ""
    came: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    @asynccontextmanager
    async def open(cls, server: str) -> AsyncIterator[Slow]:
        made = cls(server)
        listening = await asyncio.start_server(made._through, "127.0.0.1", 0)
        made.address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield made
        made.go.set()
        listening.close()

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came.set()
        await self.go.wait()
        there, on = await asyncio.open_connection("127.0.0.1", int(self.server.rpartition(":")[2]))
        await asyncio.gather(_copy(reader, on), _copy(there, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def backstage(house: House) -> AsyncIterator[Backstage]:
    async with Backstage.open(house.settings, house.modules) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(house: House, server: str, bucket: Any) -> AsyncIterator[Desk]:
    async with Desk.open(away(house.settings, server)) as opened:
        yield opened


@dataclass
class Jobs:
    """A tenant's jobs, whose files are in the bucket at an address."""

    importing: Importing
    monkeypatch: pytest.MonkeyPatch

    @property
    def tenant(self) -> Tenant:
        return self.importing.tenant

    def by_way_of(self, address: str) -> None:
        settings: Settings = away(self.tenant.house.settings, address)
        for rooms in ("core.importing", "core.exporting", "plugins.people"):
            self.monkeypatch.setattr(f"{rooms}.jobs.get_settings", lambda: settings)

    async def export(self) -> str:
        await self.tenant.contact("Dalkia")
        return str(
            (await self.tenant.do("contactsExport", "job { id }", format="CSV"))["job"]["id"]
        )

    async def report(self) -> str:
        batch = await self.importing.check(CONTACTS)
        return str(
            (await self.tenant.do("importReport", "job { id }", id=batch["id"]))["job"]["id"]
        )

    async def archive(self) -> str:
        key = await self.tenant.contact("Dalkia")
        made = await self.tenant.do("personCreate", "person { id }", contactId=key, lastName="Ray")
        given = {"personId": made["person"]["id"]}
        made = await self.tenant.do("personalDataExport", "job { id }", **given)
        return str(made["job"]["id"])

    async def reading(self) -> str:
        given = {"fileId": await self.importing.send(CONTACTS), "sheet": "contacts"}
        wanted = "importBatch { job { id } }"
        made = await self.tenant.do("importCreate", wanted, **given)
        return str(made["importBatch"]["job"]["id"])

    def work(self) -> asyncio.Task[None]:
        return asyncio.create_task(self.importing.work())

    async def state(self, job: str) -> Any:
        return (await self.tenant.ask(STATE, id=job))["job"]


@pytest.fixture
def jobs(
    tenant: Tenant, backstage: Backstage, desk: Desk, server: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Jobs:  # fmt: skip
    store = Store.of(away(tenant.house.settings, server))
    made = Jobs(Importing(tenant, backstage, desk, store), monkeypatch)
    made.by_way_of(server)
    return made


async def _free(backstage: Backstage) -> None:
    """Return once no connection is in use: the renewal of a lease takes one for a moment."""
    for _ in range(500):
        if backstage._engine.pool.checkedout() == 0:  # type: ignore[attr-defined]
            return
        await asyncio.sleep(0.01)
    raise AssertionError("A connection is held.")


@pytest.mark.parametrize("start", [Jobs.export, Jobs.report, Jobs.archive, Jobs.reading])
async def test_a_job_holds_no_connection_while_the_object_store_is_slow(
    jobs: Jobs, backstage: Backstage, server: str, start: Callable[[Jobs], Awaitable[str]]
) -> None:
    job = await start(jobs)
    async with Slow.open(server) as slow:
        jobs.by_way_of(slow.address)
        working = jobs.work()
        await slow.came.wait()
        await _free(backstage)
        assert (await jobs.state(job))["state"] == "RUNNING"
        slow.go.set()
        await working

    assert (await jobs.state(job))["state"] == "SUCCEEDED"
    files = await jobs.tenant.house.owner.fetch(
        "select claims, is_private from core_file where tenant_id = $1", jobs.tenant.id
    )
    assert {row["claims"] for row in files} == {1}


async def test_what_a_worker_put_away_and_then_lost_goes_like_what_nobody_wants(
    jobs: Jobs, server: str, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.background.RENEW_SECONDS", 1000)
    tenant, owner = jobs.tenant, jobs.tenant.house.owner
    job = await jobs.archive()
    async with Slow.open(server) as slow:
        jobs.by_way_of(slow.address)
        working = jobs.work()
        await slow.came.wait()
        await owner.execute(
            "update core_job set lease = gen_random_uuid(), leased_until = now() "
            "where tenant_id = $1",
            tenant.id,
        )
        slow.go.set()
        await working  # what came of it isn't kept, and it is done anew

    assert (await jobs.state(job))["state"] == "SUCCEEDED"
    rows = await owner.fetch(
        "select sha256, claims, is_private from core_file where tenant_id = $1 order by claims",
        tenant.id,
    )
    assert [tuple(row)[1:] for row in rows] == [(0, True), (1, True)]
    lost, kept = (row["sha256"] for row in rows)
    assert names(bucket, tenant) == {lost, kept}

    later = datetime.now(UTC) + timedelta(hours=25)
    async with tenant.house.sessions.begin(tenant.actor, tenant.listeners, later) as session:
        assert await remove_unclaimed(session) == 1
    async with tenant.session() as session:
        for sha256 in (lost, kept):
            await remove_bytes(session, jobs.importing.store, sha256)
    assert names(bucket, tenant) == {kept}
