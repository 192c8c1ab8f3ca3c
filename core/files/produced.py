"""Files that the product itself makes: written whole, kept like those that people send."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from core.files.models import File
from core.files.services import lock_bytes
from core.files.store import Kept, Store
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


async def keep(
    session: TenantSession, store: Store, path: Path, filename: str, content_type: str
) -> File:
    """Make a file of what lies at *path*, claimed once: by whoever shows it."""
    size, sha256 = await asyncio.to_thread(_measured, path)
    await lock_bytes(session, sha256)
    file = File(
        id=new_id(),
        filename=filename,
        content_type=content_type,
        size=size,
        sha256=sha256,
        has_thumbnail=False,
        claims=1,
    )
    session.add(file)
    await session.flush()
    await asyncio.to_thread(store.put, Kept(session.tenant_id, sha256), path)
    return file


def _measured(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
