"""The stage: a module that writes what was done, and the real worker and beat around it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import core.plugin
from core.kit.modules import Modules
from core.kit.settings import Settings
from gateway.backstage import Backstage
from gateway.backstage import Tenant as Backstaged
from gateway.modules import modules_of
from tests.cast import House, Tenant

ROOT = Path(__file__).parents[2]
STAGE = ROOT / "tests" / "stage_module"

# Only worker processes find it installed: in this one, other tests must not get a module more.
sys.path.insert(0, str(STAGE))
stage: Any = import_module("fieldgate_stage.plugin")
sys.path.remove(str(STAGE))

Called = stage.Called
MODULES: Modules = modules_of({"core": core.plugin, "stage": stage})


@dataclass
class Stage:
    """What a test does backstage, in this process."""

    house: House
    backstage: Backstage

    @classmethod
    @asynccontextmanager
    async def open(cls, house: House) -> AsyncIterator[Stage]:
        async with Backstage.open(house.settings, MODULES) as backstage:
            yield cls(house, backstage)

    async def tenant(self, time_zone: str = "Europe/Paris") -> tuple[Tenant, Backstaged]:
        """A new tenant with the module on, as a caller and as jobs see it."""
        tenant = await self.house.tenant()
        await self.house.owner.execute(
            "update core_tenant set modules = '{stage}', time_zone = $2 where id = $1",
            tenant.id, time_zone,
        )  # fmt: skip
        found = await self.backstage.tenant(tenant.id)
        assert found is not None
        return tenant, found

    async def call(self, tenant: Tenant, *words: str) -> None:
        """Tell the event that the module listens to, once per word, in one transaction."""
        async with self.backstage.sessions.begin(tenant.actor, MODULES.listeners) as session:
            for word in words:
                await session.tell(stage.Called(word))

    async def written(self, tenant: Tenant) -> list[str]:
        """What jobs and listeners have written, in order."""
        rows = await self.house.owner.fetch(
            "select name from core_contact_group where tenant_id = $1 order by id", tenant.id
        )
        return [row["name"] for row in rows]

    async def entries(self, tenant: Tenant) -> list[Any]:
        return list(
            await self.house.owner.fetch(
                "select *, next_at - now() as wait from core_outbox_entry "
                "where tenant_id = $1 order by id",
                tenant.id,
            )
        )

    async def hurry(self, tenant: Tenant) -> None:
        """Let the time pass until the next attempts are due."""
        await self.house.owner.execute(
            "update core_outbox_entry set next_at = now() where tenant_id = $1", tenant.id
        )

    async def runs(self, tenant: Tenant) -> list[Any]:
        return list(
            await self.house.owner.fetch(
                "select * from core_job_run where tenant_id = $1 order by day, job", tenant.id
            )
        )


@dataclass
class Crowd:
    """Real worker processes, in which the module is installed."""

    settings: Settings
    redis_url: str
    place: Path

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        ours = {
            "DATABASE_URL": str(self.settings.database_url),
            "REDIS_URL": self.redis_url,
            "FIELDGATE_HOME": str(self.settings.home),
            "PYTHONPATH": f"{ROOT}:{STAGE}",
            "STAGE": str(self.place),
        }
        with (self.place / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "gateway.worker:celery", *arguments],
                env={**os.environ, **ours},
                cwd=self.place,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def worker(self) -> subprocess.Popen[bytes]:
        options = ["--concurrency=1", "--without-gossip", "--without-mingle", "--loglevel=INFO"]
        return self.start("worker", *options)

    def log(self) -> str:
        return (self.place / "log").read_text()


def kill(process: subprocess.Popen[bytes]) -> None:
    """As ``kill -9`` of a worker and what it has forked."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
