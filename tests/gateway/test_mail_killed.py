"""Mailings whose workers are killed in the middle: nobody is written to twice, nobody is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from core.kit.ids import global_id
from tests.cast import House, Tenant
from tests.gateway.stage import ROOT, Crowd, Stage, kill
from tests.gateway.test_worker import crowd, stage, until, valkey, working
from tests.post import Post, key_of, let_go, persons, read, to_persons
from tests.smtp import MailServer, mail_server

__all__ = ["crowd", "stage", "valkey"]  # the fixtures

PATIENCE_SECONDS = 60
MANY = 60


async def going(tenant: Tenant, many: int) -> Any:
    """A mailing to so many persons, let go."""
    await persons(tenant, many)
    mailing = await to_persons(tenant)
    assert mailing["toSendCount"] == many
    return await let_go(tenant, mailing)


@dataclass
class Postmen:
    """Processes that send, one after the other, the next once the last was killed."""

    house: House
    nest: Process
    tenant: Tenant | None = None
    pid: int = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, house: House, log: Path) -> AsyncIterator[Postmen]:
        ours = {
            "DATABASE_URL": str(house.settings.database_url),
            "FIELDGATE_HOME": str(house.settings.home),
            "FIELDGATE_MAILS_PER_MINUTE": "60000",
            "PYTHONPATH": str(ROOT),
        }
        with log.open("wb") as errors:
            nest = await create_subprocess_exec(
                sys.executable, "-m", "tests.gateway.postman",
                env={**os.environ, **ours}, stdin=PIPE, stdout=PIPE, stderr=errors,
            )  # fmt: skip
        try:
            yield cls(house, nest)
        finally:
            nest.kill()
            await nest.wait()

    async def start(self, tenant: Tenant, server: MailServer | None = None) -> None:
        url = "" if server is None else server.url().get_secret_value()
        assert self.nest.stdin is not None
        self.nest.stdin.write(f"{tenant.id} {url}\n".encode())
        self.tenant = tenant
        if (said := await self._said()) == "ready":
            said = await self._said()
        self.pid = int(said)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    async def ended(self) -> None:
        """Wait until it was killed; then two minutes go by at once."""
        assert self.tenant is not None
        assert await self._said() == str(-signal.SIGKILL)
        await self.house.owner.execute(
            "update core_mail set next_at = now() where tenant_id = $1 and state = 'SENDING'",
            self.tenant.id,
        )

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await condition():  # noqa: ASYNC110 - in other processes
                await asyncio.sleep(0.02)

    async def until_done(self, tenant: Tenant, mailing: Any) -> Any:
        await self.until(lambda: is_done(tenant, mailing))
        self.kill()
        await self.ended()
        return await read(tenant, mailing)

    async def _said(self) -> str:
        assert self.nest.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            return (await self.nest.stdout.readline()).decode().strip()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def postmen(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postmen]:
    async with Postmen.open(house, tmp_path_factory.mktemp("postmen") / "log") as opened:
        yield opened


async def is_done(tenant: Tenant, mailing: Any) -> bool:
    query = "select state from core_mailing where tenant_id = $1 and id = $2"
    found = await tenant.house.owner.fetchval(query, tenant.id, key_of(mailing["id"]))
    return bool(found == "DONE")


async def mails(house: House, tenant: Tenant) -> dict[str, Any]:
    rows = await house.owner.fetch("select * from core_mail where tenant_id = $1", tenant.id)
    return {row["address"]: row for row in rows}


class Assassin:
    """Kills at a moment of the conversation about the mail of a number, and remembers whose."""

    def __init__(self, server: MailServer) -> None:
        self._number = 0
        self._due: tuple[str, int] | None = None
        self._act: Callable[[], None] = lambda: None
        self.victim: str | None = None
        server.moment = self.looks_on

    def waits_for(self, moment: str, number: int, act: Callable[[], None]) -> None:
        self._due, self._act, self.victim = (moment, number), act, None

    def looks_on(self, moment: str, address: str) -> None:
        self._number += moment == "RCPT"
        if self.victim is None and self._due is not None:
            due, number = self._due
            if moment == due and self._number >= number:
                self.victim = address
                self._act()


async def test_r047_killed_at_every_moment_of_a_mail_nobody_gets_it_twice_and_all_are_accounted_for(
    house: House, tenant: Tenant, postmen: Postmen
) -> None:
    mailing, victims = await going(tenant, MANY), {}
    async with mail_server() as server:
        assassin = Assassin(server)
        for moment, number in (("RCPT", 12), ("DATA", 24), ("TAKEN", 36), ("ANSWERED", 48)):
            assassin.waits_for(moment, number, postmen.kill)
            await postmen.start(tenant, server)
            await postmen.ended()
            victims[moment] = str(assassin.victim)
        await postmen.start(tenant, server)
        done = await postmen.until_done(tenant, mailing)

        came, kept = server.addresses(), await mails(house, tenant)
        assert len(kept) == MANY
        unknown = {address for address, mail in kept.items() if mail["state"] == "UNKNOWN"}
        # Before the server was about to be given it: sent by the next. From then on: reported.
        assert (kept[victims["RCPT"]]["state"], kept[victims["RCPT"]]["attempts"]) == ("SENT", 2)
        assert {victims["DATA"], victims["TAKEN"]} <= unknown
        assert unknown <= {victims["DATA"], victims["TAKEN"], victims["ANSWERED"]}
        assert {mail["reason"] for mail in kept.values()} == {None, "INTERRUPTED"}
        assert set(kept) - set(came) == {victims["DATA"]}
        assert set(came.values()) == {1}
        assert (done["sentCount"], done["unknownCount"]) == (MANY - len(unknown), len(unknown))

        # Somebody looks into the server's log and sends what is missing.
        await tenant.do("mailResend", id=global_id("mail", kept[victims["DATA"]]["id"]))
        await postmen.start(tenant, server)
        await postmen.until_done(tenant, mailing)

    assert server.addresses() == dict.fromkeys(kept, 1)


async def test_r047_killed_at_any_moment_the_mailbox_has_each_mail_once(
    house: House, tenant: Tenant, postmen: Postmen
) -> None:
    mailing, chance = await going(tenant, MANY), Random(47)

    async def have_come(many: float) -> bool:
        query = "select count(*) from core_mailbox_mail where tenant_id = $1"
        return bool(await house.owner.fetchval(query, tenant.id) >= many)

    for share in (0.2, 0.4, 0.6, 0.8):
        await postmen.start(tenant)
        await postmen.until(lambda share=share: have_come(share * MANY))
        await asyncio.sleep(chance.random() / 20)
        postmen.kill()
        await postmen.ended()
    await postmen.start(tenant)
    done = await postmen.until_done(tenant, mailing)

    assert (done["sentCount"], done["unknownCount"]) == (MANY, 0)
    rows = await house.owner.fetch(
        "select recipient from core_mailbox_mail where tenant_id = $1", tenant.id
    )
    assert Counter(Counter(row["recipient"] for row in rows).values()) == {1: MANY}


async def test_r047_another_worker_takes_a_mailing_over(
    stage: Stage, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, many = stage.house, 40
    tenant = await house.tenant()
    mailing = await going(tenant, many)
    async with mail_server() as server, Post.open(house) as post:
        monkeypatch.setenv("FIELDGATE_SMTP_URL", server.url().get_secret_value())
        monkeypatch.setenv("FIELDGATE_MAILS_PER_MINUTE", "60000")
        assassin = Assassin(server)
        with working(crowd.worker()) as worker:
            assassin.waits_for("TAKEN", many // 2, lambda: kill(worker))
            await until(lambda: assassin.victim is not None, crowd)
        await post.hurry(tenant)
        with working(crowd.worker()):  # which looks at once for what is left over
            await until(lambda: is_done(tenant, mailing), crowd)

    found = await read(tenant, mailing)
    assert (found["sentCount"], found["unknownCount"]) == (many - 1, 1)
    assert server.addresses() == dict.fromkeys(await mails(house, tenant), 1)
