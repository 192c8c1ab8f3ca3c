"""Work that takes longer than a request: done step by step, watched, stopped and taken up again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from core.kit.errors import Refused

if TYPE_CHECKING:
    from core.kit.modules import Modules
    from core.kit.session import Channel, TenantSession

#: Of what a job says; the rest is counted.
MOST_MESSAGES = 100


class JobState(StrEnum):
    """How far a job has come."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_over(self) -> bool:
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


class CalledOff(Exception):
    """Raised where a step reports progress, once nobody wants its work any more."""


@dataclass
class Work:
    """A job in the hands of its step, which changes what it says here.

    All of it is kept when the step's transaction commits, and goes back if it doesn't.
    """

    id: UUID
    kind: str
    arguments: dict[str, Any]
    #: Where the next step begins: the step's own note to its successor, as JSON.
    cursor: dict[str, Any]
    total: int | None
    done: int
    counts: dict[str, int]
    messages: list[str]
    file_id: UUID | None
    requested_by: UUID | None
    modules: Modules
    time_zone: ZoneInfo
    #: Writes how far it is in a transaction of its own; raises :class:`CalledOff`.
    report: Callable[[Work], Awaitable[None]] = field(repr=False)
    #: Begins another transaction like the step's, which asks the database for nothing before its
    #: session is used: for what should not hold a connection while something else is waited for.
    apart: Callable[[], AbstractAsyncContextManager[TenantSession]] = field(repr=False)
    #: What a step has made ready for the next one. Nothing may depend on it: another process may
    #: do that, or this one anew if this step fails.
    ahead: Any = field(default=None, repr=False)

    async def progress(self, done: int | None = None, counts: dict[str, int] | None = None) -> None:
        """Show how far a long step is, before it commits. Call it as often as you like."""
        self.done = self.done if done is None else done
        self.counts = self.counts if counts is None else counts
        await self.report(self)

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + by

    def say(self, message: str) -> None:
        """Tell whoever watches something that isn't an error."""
        if len(self.messages) < MOST_MESSAGES:
            self.messages.append(message)


#: Does the next piece in the session's transaction; whether that was the last.
Step = Callable[["TenantSession", Work], Awaitable[bool]]


@dataclass(frozen=True)
class BackgroundJob:
    """A kind of job that a module does.

    *step* does one piece in one transaction and returns whether that was the last. A step that
    fails is undone and tried again twice; one that raises ``Refused`` ends the job.
    """

    kind: str
    step: Step
    #: The permission to start one, which the mutation that does so asks for too.
    requires: str
    #: As which the audit shows what its steps write; null: as a job's.
    channel: Channel | None = None
    #: Whether it can wait between two steps; not if it is one long step.
    pausable: bool = True


def topic(job: UUID) -> str:
    """What those who watch a job are told by."""
    return f"job:{job.hex}"


def over(state: str) -> Refused:
    return Refused("JOB_OVER", f"The job is over: it is {state}.", "id")
