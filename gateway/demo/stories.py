"""The two tenants with a story: one with all modules, one with crm and people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.demo import ATELIER, HORIZON, Cast, mails, story
from core.files.store import Store
from core.importing.demo import story as imported
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
            await _tell(door, cast, settings, progress)
            entries.append(await door.entry(cast.sample))
        place.analyze()
    return entries


async def _tell(door: Door, cast: Cast, settings: Settings, progress: Report) -> None:
    """Tell a story to its end or not at all: it is one transaction."""
    async with door.session() as session:
        if await contact_of(session, cast.sample) is not None:
            return
        demos = door.modules.demos().values()
        contacts = await story(session, cast, Store.of(settings))
        for done, demo in enumerate(demos):
            progress(f"{cast.slug}: {len(contacts)} contacts and their files", done, len(demos))
            await demo.story(session, contacts)
        await mails(session, door.modules, settings, contacts)
        if cast is HORIZON:
            await imported(session, door.modules, Store.of(settings))
        progress(f"{cast.slug}: {len(contacts)} contacts and their files", len(demos), len(demos))
