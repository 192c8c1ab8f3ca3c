"""What missions does about what happens elsewhere."""

from __future__ import annotations

from typing import Any

from core.kit.session import TenantSession
from plugins.missions import services


async def contact_archiving(session: TenantSession, event: Any) -> None:
    if not event.force:
        await services.refuse_archiving(session, event.contact_id)
