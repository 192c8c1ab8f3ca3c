"""Files that the product itself makes: written whole, kept like those that people send."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.files.models import File
from core.files.services import lock_bytes
from core.files.store import Store
from core.kit.ids import new_id
from core.kit.session import TenantSession


@contextmanager
def place_for_one(store: Store) -> Iterator[Path]:
    """Where a file may be written; what is not kept when the block ends is removed."""
    path = store.root / "incoming" / secrets.token_hex(16)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


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
    to = store.path(session.tenant_id, sha256)
    await asyncio.to_thread(_move, path, to)
    return file


def _measured(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _move(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    os.replace(path, to)
