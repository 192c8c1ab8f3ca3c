"""At night, positions that are missing or have become old are looked up."""

from __future__ import annotations

from core.kit.jobs import Night, NightlyJob
from core.kit.outside import Outside
from core.kit.session import TenantSession
from core.kit.settings import get_settings
from plugins.crm.events import LookUpDue
from plugins.crm.services.addresses import locate
from plugins.crm.services.addresses.asking import Desk


async def look_up(session: TenantSession, night: Night) -> int:
    """Look up at once what is known here; for the rest, say that it is due.

    No provider is asked while the night's transaction is open.
    """
    providers = night.modules.address_providers
    chosen = await locate.chosen_by(session)
    desk = Desk(providers, get_settings(), Outside(), session.tenant_id, chosen)
    written = await locate.drop_expired(session, list(providers.values()))
    due = await locate.due_tonight(session, desk.provider)
    for done, key in enumerate(due):
        if not desk.provider.is_offline:
            await session.tell(LookUpDue(key))
            continue
        sought = await locate.seek(session, key)
        if isinstance(sought, locate.Sought):
            await locate.settle(session, sought, await desk.find(sought.address))
        night.progress(done + 1, len(due))
    return written + len(due)


LOOK_UPS = NightlyJob("crm.look_ups", look_up)
