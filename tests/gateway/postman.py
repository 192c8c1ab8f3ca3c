"""Processes that send the mails of a tenant, as workers do, until they are killed.

One process has everything imported and waits; for each line that names a tenant (and a mail
server) it forks one that sends, says its number, and how it ended.
"""

from __future__ import annotations

import asyncio
import os
import sys
from uuid import UUID

from pydantic import SecretStr

from core.kit.modules import Modules
from core.kit.settings import Settings, get_settings
from gateway.backstage import Backstage
from gateway.mailing import send_mails
from gateway.modules import load_modules


async def send_for_ever(settings: Settings, modules: Modules, key: UUID) -> None:
    async with Backstage.open(settings, modules) as backstage:
        tenant = await backstage.tenant(key)
        assert tenant is not None
        while True:
            await send_mails(backstage, tenant, settings)
            await asyncio.sleep(0.05)


def main() -> None:
    settings, modules = get_settings(), load_modules()
    print("ready", flush=True)
    for line in sys.stdin:
        tenant, *url = line.split()
        if (child := os.fork()) == 0:
            given = {"smtp_url": SecretStr(url[0])} if url else {}
            here = settings.model_copy(update=given)
            asyncio.run(send_for_ever(here, modules, UUID(tenant)))
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
