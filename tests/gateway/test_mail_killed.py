"""Mailings whose workers are killed in the middle: nobody is written to twice, nobody is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from core.kit.ids import global_id
from tests.cast import House, Tenant
from tests.gateway.stage import ROOT, Crowd, Stage, kill
from tests.gateway.test_worker import crowd, stage, until, valkey, working
from tests.post import Post, key_of, let_go, read, to_persons
from tests.smtp import MailServer, mail_server

__all__ = ["crowd", "stage", "valkey"]  # the fixtures

PATIENCE_SECONDS = 60
MANY = 200
PERSONS = """insert into people_person (tenant_id, id, last_name, name_key, email, is_primary,
  booking_access, receives_documents, receives_marketing)
  select $1, gen_random_uuid(), 'P' || n, 'p' || lpad(n::text, 6, '0'), 'p' || n || '@exemple.fr',
         false, false, true, true from generate_series(1, $2::int) n"""


async def going(house: House, tenant: Tenant, many: int) -> Any:
    """A mailing to so many persons, let go."""
    await house.owner.execute(PERSONS, tenant.id, many)
    mailing = await to_persons(tenant)
    assert mailing["toSendCount"] == many
    return await let_go(tenant, mailing)


class Postmen:
    """Processes that send, one after the other, the next once the last was killed."""

    def __init__(self, house: House, tenant: Tenant, place: Path, **settings: str) -> None:
        self._house, self._tenant, self._log = house, tenant, place / "log"
        self._settings = {
            "DATABASE_URL": str(house.settings.database_url),
            "FIELDGATE_HOME": str(house.settings.home),
            "FIELDGATE_MAILS_PER_MINUTE": "60000",
            "PYTHONPATH": str(ROOT),
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.gateway.postman", str(self._tenant.id)],
                env={**os.environ, **self._settings}, stdout=log, stderr=log,
            )  # fmt: skip

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)

    async def ended(self) -> None:
        """Wait until it was killed; then two minutes go by at once."""
        assert self.process is not None
        await self.until(lambda: self.process is not None and self.process.poll() is not None)
        assert self.process.returncode == -signal.SIGKILL, self._log.read_text()
        await self._house.owner.execute(
            "update core_mail set next_at = now() where tenant_id = $1 and state = 'SENDING'",
            self._tenant.id,
        )

    async def until(self, condition: Callable[[], Any]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (await found if asyncio.iscoroutine(found := condition()) else found):
            assert time.monotonic() < deadline, self._log.read_text()
            await asyncio.sleep(0.02)

    async def until_done(self, mailing: Any) -> Any:
        await self.until(lambda: is_done(self._tenant, mailing))
        self.kill()
        assert self.process is not None
        self.process.wait()
        return await read(self._tenant, mailing)


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
    house: House, tenant: Tenant, tmp_path: Path
) -> None:
    mailing = await going(house, tenant, MANY)
    async with mail_server() as server:
        url = server.url().get_secret_value()
        postmen = Postmen(house, tenant, tmp_path, FIELDGATE_SMTP_URL=url)
        assassin = Assassin(server)
        victims = {}
        for moment, number in (("RCPT", 30), ("DATA", 70), ("TAKEN", 110), ("ANSWERED", 150)):
            assassin.waits_for(moment, number, postmen.kill)
            postmen.start()
            await postmen.ended()
            victims[moment] = str(assassin.victim)
        postmen.start()
        done = await postmen.until_done(mailing)

        came, kept = server.addresses(), await mails(house, tenant)
        assert len(kept) == MANY
        unknown = {address for address, mail in kept.items() if mail["state"] == "UNKNOWN"}
        # Before the server was about to be given it: sent by the next. From then on: reported.
        assert (kept[victims["RCPT"]]["state"], kept[victims["RCPT"]]["attempts"]) == ("SENT", 2)
        assert {victims["DATA"], victims["TAKEN"]} <= unknown
        assert unknown <= {victims["DATA"], victims["TAKEN"], victims["ANSWERED"]}
        assert {mail["reason"] for mail in kept.values() if mail["state"] == "UNKNOWN"} == {
            "INTERRUPTED"
        }
        assert set(kept) - set(came) == {victims["DATA"]}
        assert set(came.values()) == {1}
        assert (done["sentCount"], done["unknownCount"]) == (MANY - len(unknown), len(unknown))

        # Somebody looks into the server's log and sends what is missing.
        await tenant.do("mailResend", id=global_id("mail", kept[victims["DATA"]]["id"]))
        postmen.start()
        await postmen.until_done(mailing)

    assert server.addresses() == dict.fromkeys(kept, 1)


async def test_r047_killed_at_any_moment_the_mailbox_has_each_mail_once(
    house: House, tenant: Tenant, tmp_path: Path
) -> None:
    mailing = await going(house, tenant, MANY)
    postmen, chance = Postmen(house, tenant, tmp_path), Random(47)

    async def arrived() -> int:
        query = "select count(*) from core_mailbox_mail where tenant_id = $1"
        return int(await house.owner.fetchval(query, tenant.id))

    for share in (0.2, 0.5, 0.8):
        postmen.start()
        await postmen.until(lambda share=share: reached(arrived, share * MANY))
        await asyncio.sleep(chance.random() / 20)
        postmen.kill()
        await postmen.ended()
    postmen.start()
    done = await postmen.until_done(mailing)

    assert (done["sentCount"], done["unknownCount"]) == (MANY, 0)
    rows = await house.owner.fetch(
        "select recipient from core_mailbox_mail where tenant_id = $1", tenant.id
    )
    assert Counter(Counter(row["recipient"] for row in rows).values()) == {1: MANY}


async def reached(count: Callable[[], Any], wanted: float) -> bool:
    return bool(await count() >= wanted)


async def test_r047_another_worker_takes_a_mailing_over(
    stage: Stage, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, many = stage.house, 60
    tenant = await house.tenant()
    mailing = await going(house, tenant, many)
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
