"""The two tenants with a story: one with all modules, one with crm and people."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from core.demo import ATELIER, HORIZON, Cast, story
from core.kit.settings import Settings
from gateway.demo.tenants import Door, Place, Wanted, contact_of
from gateway.progress import Report

STORIES = (
    (Wanted("horizon", "Horizon Maintenance"), HORIZON),
    (Wanted("atelier", "Atelier Duval", frozenset({"crm", "people"})), ATELIER),
)


async def load_stories(settings: Settings, progress: Report, now: datetime) -> list[dict[str, Any]]:
    entries = []
    async with Place.open(settings, now) as place:
        for wanted, cast in STORIES:
            door = await place.tenant(wanted)
            await _tell(door, cast, progress)
            entries.append(await door.entry(cast.sample))
        place.analyze()
    return entries


async def _tell(door: Door, cast: Cast, progress: Report) -> None:
    """Tell a story to its end or not at all: it is one transaction."""
    async with door.session() as session:
        if await contact_of(session, cast.sample) is not None:
            return
        told = partial(progress, f"{cast.slug}: contacts")
        contacts = await story(session, cast, told)
        for name, demo in door.modules.demos().items():
            progress(f"{cast.slug}: {name}", 0, len(contacts))
            await demo.story(session, contacts)
            progress(f"{cast.slug}: {name}", len(contacts), len(contacts))
