"""Takes the bytes of removed files away, once nobody can want them back."""

from __future__ import annotations

import asyncio
from typing import Any

from core.files import services
from core.files.store import Kept, Store
from core.kit.session import TenantSession
from core.kit.settings import get_settings


async def file_removed(session: TenantSession, event: dict[str, Any]) -> None:
    await remove_bytes(session, Store.of(get_settings()), event["sha256"])


async def remove_bytes(session: TenantSession, store: Store, sha256: str) -> None:
    await services.lock_bytes(session, sha256)
    if not await services.is_held(session, sha256):
        for is_small in (False, True):
            await asyncio.to_thread(store.remove, Kept(session.tenant_id, sha256, is_small))
