"""Does the jobs that people start: one of a tenant at a time, step by step, under a lease."""

from __future__ import annotations

import asyncio
import gc
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core.jobs.models import Job
from core.jobs.services import held
from core.jobs.services.held import Lost, Outlook
from core.kit.background import BackgroundJob, CalledOff, Work
from core.kit.errors import BadInput, Forbidden, ModuleError, Refused, RefusedTogether
from core.kit.session import Actor, Channel
from gateway.backstage import Backstage, Tenant
from gateway.errors import masked, timed_out
from gateway.running import ClientGone, run

log = structlog.get_logger(__name__)
#: So long a task works at one job; then others have their turn.
SLICE_SECONDS = 20
#: The longest that one step may take.
STEP_SECONDS = 20 * 60
RENEW_SECONDS = 3
#: So many new objects are looked through for garbage at a time while a job is at work.
OBJECTS_AT_ONCE = 50_000
REPORT_SECONDS = 0.5
#: Trying again would not help.
FINAL = (Refused, RefusedTogether, BadInput, Forbidden, ModuleError)


async def work(backstage: Backstage, tenant: Tenant) -> bool:
    """Do steps of the tenant's next job for a while; whether there was one."""
    begin = partial(backstage.sessions.begin, listeners=tenant.modules.listeners)
    async with begin(Actor(tenant.id, name="jobs")) as session:
        job = await held.take(session)
    if job is None:
        return False
    with _spared():
        await Holding(backstage, tenant, job).run()
    return True


async def is_waiting(backstage: Backstage, tenant: Tenant) -> bool:
    """Whether there is a job of the tenant that could be taken now."""
    actor = Actor(tenant.id, name="jobs")
    async with backstage.sessions.begin(actor, tenant.modules.listeners) as session:
        return await held.is_waiting(session)


@contextmanager
def _spared() -> Iterator[None]:
    """What is there already isn't looked through for garbage while a job is at work.

    A step makes a hundred thousand objects, nearly none of which is garbage before it ends: all
    there are were looked through several times in each, which took a quarter of an import's time
    in Python, and an eighth still when only its own were. What a few steps have left behind is
    looked through all together: else the rings of each would stay until the job ends.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(OBJECTS_AT_ONCE, 2, 1)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


class Holding:
    """A job in the hands of this process."""

    def __init__(self, backstage: Backstage, tenant: Tenant, job: Job) -> None:
        assert job.lease is not None
        self._tenant, self._lease = tenant, job.lease
        self._begin = partial(backstage.sessions.begin, listeners=tenant.modules.listeners)
        self._kind = tenant.modules.background_jobs.get(job.kind)
        self._actor = _actor(tenant, job, self._kind)
        self._work = Work(
            job.id, job.kind, job.arguments, job.cursor, job.total, job.done,
            dict(job.counts), list(job.messages), job.file_id, job.requested_by,
            tenant.modules, tenant.time_zone, self._report, partial(self._begin, self._actor),
        )  # fmt: skip
        self._reported = 0.0
        self._renewing: asyncio.Task[None] | None = None
        self._about = {"tenant": tenant.slug, "job": job.kind, "job_id": str(job.id)}

    async def run(self) -> None:
        ends = time.monotonic() + SLICE_SECONDS
        while await self._step() is Outlook.GO_ON:
            if time.monotonic() > ends:
                async with self._begin(self._actor) as session:
                    await held.let_go(session, self._work.id, self._lease)
                return

    async def _step(self) -> Outlook:
        # Gathered, because a stray cancellation of the module's must not look like one of ours.
        step = run(self._do(), STEP_SECONDS, self._called_off)
        (ended,) = await asyncio.gather(step, return_exceptions=True)
        if self._renewing is not None:
            await asyncio.gather(self._renewing, return_exceptions=True)
        if isinstance(ended, Outlook):
            return ended
        if isinstance(ended, Lost):
            log.warning("a job is in other hands", **self._about)
        elif isinstance(ended, CalledOff | ClientGone):
            async with self._begin(self._actor) as session:
                await held.call_off(session, self._work.id, self._lease)
        else:
            await self._note(ended)
        return Outlook.LET_GO

    async def _do(self) -> Outlook:
        """One step, and what it says of the job, in one transaction."""
        if self._kind is None:
            raise ModuleError(f"No module that is on does jobs of the kind '{self._work.kind}'.")
        async with self._begin(self._actor) as session:
            finished = await self._kind.step(session, self._work)
            outlook = await held.keep(session, self._work, self._lease, finished=finished)
        if finished:
            log.info("a job is done", done=self._work.done, **self._about)
        return outlook

    async def _report(self, work: Work) -> None:
        if time.monotonic() < self._reported + REPORT_SECONDS:
            return
        self._reported = time.monotonic()
        async with self._begin(self._actor) as session:
            await held.report(session, work, self._lease)

    async def _called_off(self) -> None:
        """Renew the lease while a step is done; return when nobody wants it any more."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            # Its end is waited for when the step ends before: a connection that is cancelled
            # while it is opened stays open.
            self._renewing = asyncio.create_task(self._renew())
            try:
                await asyncio.shield(self._renewing)
            except (CalledOff, Lost):
                return
            except (SQLAlchemyError, OSError) as error:
                # Without its lease, the step can't commit: nothing else depends on this.
                log.warning("a lease was not renewed", reason=str(error), **self._about)

    async def _renew(self) -> None:
        async with self._begin(self._actor) as session:
            await held.renew(session, self._work.id, self._lease)

    async def _note(self, error: Any) -> None:
        final = isinstance(error, FINAL)
        if final or timed_out(error):
            identifier = secrets.token_hex(4)
            said = str(error) if final else f"A step took over {STEP_SECONDS} seconds."
            log.warning("a job failed", error_id=identifier, reason=said, **self._about)
        else:
            shown = masked(error, **self._about)
            said, identifier = shown["message"], shown["extensions"]["id"]
        async with self._begin(self._actor) as session:
            await held.note_failure(
                session, self._work.id, self._lease, said, identifier, final=final
            )


def _actor(tenant: Tenant, job: Job, kind: BackgroundJob | None) -> Actor:
    """As whom the steps write: who asked for the job, by way of it."""
    channel = (kind.channel if kind else None) or Channel.JOB
    return Actor(tenant.id, job.requested_by, channel, job.caller)
