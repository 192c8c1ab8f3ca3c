"""Files that the product itself makes: written whole, kept like those that people send."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.files.models import File
from core.files.services import lock_bytes
from core.files.store import Kept, Store
from core.kit.background import Work
from core.kit.ids import new_id
from core.kit.session import TenantSession


@contextmanager
def place_for_one(store: Store) -> Iterator[Path]:
    """Where a file may be written; what is not kept when the block ends is removed."""
    path = store.place()
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@asynccontextmanager
async def opened(store: Store, kept: Kept) -> AsyncIterator[Path]:
    """Where a file can be read while the block runs; the event loop doesn't wait for its bytes."""
    reading = store.read(kept)
    path = await asyncio.to_thread(reading.__enter__)
    try:
        yield path
    finally:
        await asyncio.to_thread(reading.__exit__, None, None, None)


@dataclass(frozen=True)
class Made:
    """A file that lies on this machine, and what is to be said of it."""

    path: Path
    filename: str
    content_type: str


async def keep(
    session: TenantSession, store: Store, path: Path, filename: str, content_type: str
) -> File:
    """Make a file of what lies at *path*, claimed once: by whoever shows it."""
    file = await _add(session, Made(path, filename, content_type), claims=1)
    await asyncio.to_thread(store.put, Kept(session.tenant_id, file.sha256), path)
    return file


async def put_away(work: Work, store: Store, made: Made) -> File:
    """Keep what a job has made, while no connection of the database waits for the store.

    So the step's session must not have been used before. The file is noted first, unclaimed: if
    this process ends before the step has claimed it (:func:`hold`), it goes like any that nobody
    wants, with its bytes.
    """
    async with work.apart() as session:
        file = await _add(session, made, claims=0, is_private=True)
        kept = Kept(session.tenant_id, file.sha256)
    await asyncio.to_thread(store.put, kept, made.path)
    return file


async def hold(session: TenantSession, file: File) -> None:
    """Claim a file that was put away: for whoever shows it."""
    (await session.find(File, file.id, "file", lock=True)).claims += 1


async def _add(session: TenantSession, made: Made, **how: Any) -> File:
    size, sha256 = await asyncio.to_thread(_measured, made.path)
    await lock_bytes(session, sha256)  # who removes the same bytes has done so, or sees this file
    file = File(
        id=new_id(),
        filename=made.filename,
        content_type=made.content_type,
        size=size,
        sha256=sha256,
        has_thumbnail=False,
        **how,
    )
    session.add(file)
    await session.flush()
    return file


def _measured(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
