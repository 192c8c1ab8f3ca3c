"""Takes the bytes of removed files off the disk, once nobody can want them back."""

from __future__ import annotations

import asyncio
from typing import Any

from core.files import services
from core.files.store import Store
from core.kit.session import TenantSession
from core.kit.settings import get_settings


async def file_removed(session: TenantSession, event: dict[str, Any]) -> None:
    await remove_bytes(session, Store.of(get_settings()), event["sha256"])


async def remove_bytes(session: TenantSession, store: Store, sha256: str) -> None:
    await services.lock_bytes(session, sha256)
    if not await services.is_held(session, sha256):
        await asyncio.to_thread(store.remove, session.tenant_id, sha256)
