"""A process of its own that sends the mails of one tenant, as workers do, until it is killed."""

from __future__ import annotations

import asyncio
import sys
from uuid import UUID

from core.kit.settings import get_settings
from gateway.backstage import Backstage
from gateway.mailing import send_mails


async def send_for_ever(key: UUID) -> None:
    settings = get_settings()
    async with Backstage.open(settings) as backstage:
        tenant = await backstage.tenant(key)
        assert tenant is not None
        while True:
            await send_mails(backstage, tenant, settings)
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(send_for_ever(UUID(sys.argv[1])))
