"""Writes a contact group per job and per delivery, so that tests can count what was done."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.contacts.models import ContactGroup
from core.kit.background import BackgroundJob, Work
from core.kit.errors import Refused
from core.kit.events import Event, Listener, after
from core.kit.ids import new_id
from core.kit.jobs import Night, NightlyJob
from core.kit.modules import ModuleInfo, hookimpl
from core.kit.session import TenantSession


@dataclass(frozen=True)
class Called(Event, name="stage.called"):
    word: str


async def heard(session: TenantSession, event: dict[str, Any]) -> None:
    await write(session, event["word"])


async def play(session: TenantSession, night: Night) -> int:
    await write(session, f"night of {night.day}")
    return 1


async def say(session: TenantSession, job: Work) -> bool:
    """Write the next of the job's words; show that one is begun before it is written."""
    words = job.arguments["words"]
    at = job.cursor.get("at", 0)
    await job.progress(at, {**job.counts, "begun": at + 1})
    await write(session, words[at])
    job.done, job.cursor = at + 1, {"at": at + 1}
    job.count("written")
    job.say(f"{words[at]} is written")
    return job.done == len(words)


async def write(session: TenantSession, word: str) -> None:
    """Write a row, wait while the word is in the file ``hold``, then fail if the word says so."""
    key = new_id()
    session.add(ContactGroup(id=key, name=word, name_key=key.hex))
    await session.flush()
    if "STAGE" in os.environ:
        place = Path(os.environ["STAGE"])
        while (place / "hold").exists() and word in (place / "hold").read_text():
            (place / "reached").touch()
            await asyncio.sleep(0.05)
    if "refused" in word:
        raise Refused("NOT_TODAY", "Not today.")
    if "broken" in word:
        raise ValueError("the password is hunter2")


@hookimpl
def module_info() -> ModuleInfo:
    return ModuleInfo(title="Stage")


@hookimpl
def event_handlers() -> Sequence[Listener]:
    return [after("stage.called", heard)]


@hookimpl
def nightly_jobs() -> Sequence[NightlyJob]:
    return [NightlyJob("stage", play)]


@hookimpl
def background_jobs() -> Sequence[BackgroundJob]:
    return [
        BackgroundJob("stage.say", say, requires="contacts.write"),
        BackgroundJob("stage.once", say, requires="contacts.write", pausable=False),
    ]
