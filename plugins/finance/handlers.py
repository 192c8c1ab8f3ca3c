"""What finance does about what happens elsewhere."""

from __future__ import annotations

from typing import Any

from core.kit.session import TenantSession
from plugins.finance.services import accounts


async def contact_archiving(session: TenantSession, event: Any) -> None:
    if not event.force:
        await accounts.refuse_archiving(session, event.contact_id)
