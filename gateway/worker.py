"""The Celery application: small tasks that may run twice, because rows decide what is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

import structlog
from celery import Celery
from celery.app.amqp import AMQP
from celery.bootsteps import StartStopStep
from celery.schedules import crontab
from celery.signals import worker_init, worker_process_shutdown
from kombu import Connection, Exchange, Queue
from kombu.exceptions import OperationalError

from core.kit.settings import get_settings
from gateway import background
from gateway.backstage import Backstage
from gateway.delivery import deliver_all
from gateway.doorbell import Doorbell
from gateway.live.announcing import Announcer
from gateway.mailing import send_mails
from gateway.modules import load_modules
from gateway.nightly import JOB_SECONDS, due, run_job, to_do

log = structlog.get_logger(__name__)
T = TypeVar("T")
EVENINGS_SECONDS = 15 * 60
SWEEP_SECONDS = 30


class PatientConnection(Connection):
    """Looks for a broker that has gone away every second; Kombu would come to twice a minute."""

    def ensure_connection(
        self, errback: Any = None, max_retries: Any = None, *args: Any, **options: Any
    ) -> Any:
        steps = {"interval_start": 1, "interval_step": 0, "interval_max": 1}
        return super().ensure_connection(errback, max_retries, **{**options, **steps})


class PatientAMQP(AMQP):
    Connection = PatientConnection


def _queue(name: str) -> Queue:
    # Of its own exchange and key: else what is sent to one queue would arrive in all.
    return Queue(name, Exchange(name), routing_key=name)


class Configuration:
    """Read when a worker or beat starts, not when this file is imported."""

    task_acks_late = True
    task_ignore_result = True
    # Longer than any job may take, and shorter than a task may be unacknowledged.
    task_time_limit = JOB_SECONDS + 60
    broker_transport_options = {"visibility_timeout": 2 * JOB_SECONDS}
    worker_prefetch_multiplier = 1
    worker_cancel_long_running_tasks_on_connection_loss = False
    worker_hijack_root_logger = False
    broker_connection_retry_on_startup = True
    broker_connection_max_retries = None
    enable_utc = True
    timezone = "UTC"
    # A night's long jobs, what people wait for, mailings and the deliveries take turns.
    task_queues = (_queue("celery"), _queue("night"), _queue("jobs"), _queue("mail"))
    task_default_queue = "celery"
    task_routes = {
        "fieldgate.night": {"queue": "night"},
        "fieldgate.work": {"queue": "jobs"},
        "fieldgate.mail": {"queue": "mail"},
    }
    beat_schedule = {
        "evenings": {
            "task": "fieldgate.evenings",
            "schedule": crontab(minute="*/15"),
            "options": {"expires": EVENINGS_SECONDS},
        },
        "sweep": {
            "task": "fieldgate.sweep",
            "schedule": SWEEP_SECONDS,
            "options": {"expires": SWEEP_SECONDS},
        },
    }

    @property
    def broker_url(self) -> str | None:
        return get_settings().redis_url


celery = Celery("fieldgate", amqp=PatientAMQP)
celery.config_from_object(Configuration())


class Hand:
    """What a worker process works with: one event loop, and connections that belong to it."""

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None
        self._stack = AsyncExitStack()
        self._backstage: Backstage | None = None

    def do(self, work: Callable[[Backstage], Coroutine[Any, Any, T]]) -> T:
        # Made in the process that uses it: neither loops nor connections survive a fork.
        self._runner = self._runner or asyncio.Runner()
        return self._runner.run(self._do(work))

    def close(self) -> None:
        if self._runner is not None:
            self._runner.run(self._stack.aclose())
            self._runner.close()

    async def _do(self, work: Callable[[Backstage], Coroutine[Any, Any, T]]) -> T:
        if self._backstage is None:
            settings = get_settings()
            doorbell = Doorbell(settings.redis_url)
            self._stack.callback(doorbell.close)
            announcer = Announcer(settings.redis_url)
            self._stack.callback(announcer.close)
            opened = Backstage.open(settings, None, doorbell.ring, announcer.announce)
            self._backstage = await self._stack.enter_async_context(opened)
        return await work(self._backstage)


hand = Hand()
# Before the processes fork, which then share the modules' memory.
worker_init.connect(lambda **_: load_modules(), weak=False)
worker_process_shutdown.connect(lambda **_: hand.close(), weak=False)


class LookAtOnce(StartStopStep):
    """Catches up whenever a worker has found its broker, not at the schedule's next turn."""

    requires = ("celery.worker.consumer.connection:Connection",)

    def start(self, _consumer: Any) -> None:
        for name in ("fieldgate.sweep", "fieldgate.evenings"):
            try:
                celery.send_task(name, retry=False, expires=SWEEP_SECONDS)
            except OperationalError as error:
                log.warning("the broker is away; the schedule will catch up", error=str(error))


celery.steps["consumer"].add(LookAtOnce)


@celery.task(name="fieldgate.evenings")
def evenings() -> None:
    """Send the jobs of every tenant whose evening has come."""
    for tenant, job, day in hand.do(_due_jobs):
        night.apply_async((tenant, job, day), expires=EVENINGS_SECONDS)


@celery.task(name="fieldgate.night")
def night(tenant: str, job: str, day: str) -> None:
    """Do one job of one tenant for one business day, unless it is done."""

    async def work(backstage: Backstage) -> None:
        found = await backstage.tenant(UUID(tenant))
        if found is not None:
            await run_job(backstage, found, job, date.fromisoformat(day))

    hand.do(work)


@celery.task(name="fieldgate.sweep")
def sweep() -> None:
    """Have all done that is due: rings get lost, attempts fail, workers vanish."""
    for tenant in hand.do(Backstage.waiting):
        deliver.apply_async((str(tenant),), expires=SWEEP_SECONDS)
    for tenant in hand.do(Backstage.with_jobs):
        work.apply_async((str(tenant),), expires=SWEEP_SECONDS)
    for tenant in hand.do(Backstage.mailing):
        mail.apply_async((str(tenant),), expires=SWEEP_SECONDS)


@celery.task(name="fieldgate.deliver")
def deliver(tenant: str) -> None:
    """Empty one tenant's outbox; others go about the jobs that were started, and its mails."""

    async def look(backstage: Backstage) -> bool:
        found = await backstage.tenant(UUID(tenant))
        return found is not None and await background.is_waiting(backstage, found)

    async def empty(backstage: Backstage) -> bool:
        found = await backstage.tenant(UUID(tenant))
        if found is None:
            return False
        await deliver_all(backstage, found)
        return found.id in await backstage.mailing()

    if hand.do(look):
        work.apply_async((tenant,), expires=SWEEP_SECONDS)
    if hand.do(empty):
        mail.apply_async((tenant,), expires=SWEEP_SECONDS)


@celery.task(name="fieldgate.work")
def work(tenant: str) -> None:
    """Do a piece of one tenant's next job, and ring for the next."""

    async def piece(backstage: Backstage) -> bool:
        found = await backstage.tenant(UUID(tenant))
        if found is None or not await background.work(backstage, found):
            return False
        return await background.is_waiting(backstage, found)

    if hand.do(piece):
        work.apply_async((tenant,), expires=SWEEP_SECONDS)


@celery.task(name="fieldgate.mail")
def mail(tenant: str) -> None:
    """Send one tenant's mails for a while."""

    async def some(backstage: Backstage) -> bool:
        found = await backstage.tenant(UUID(tenant))
        return found is not None and await send_mails(backstage, found, get_settings())

    if hand.do(some):
        mail.apply_async((tenant,), expires=SWEEP_SECONDS)


async def _due_jobs(backstage: Backstage) -> list[tuple[str, str, str]]:
    tenants = await backstage.tenants()
    return [
        (str(tenant.id), job, day.isoformat())
        for tenant, day in due(tenants, datetime.now(UTC))
        for job in await to_do(backstage, tenant, day)
    ]
