"""At night, files that nobody has claimed for a day are removed."""

from __future__ import annotations

from core.files import services
from core.kit.jobs import Night, NightlyJob
from core.kit.session import TenantSession


async def _remove(session: TenantSession, night: Night) -> int:
    return await services.remove_unclaimed(session)


UNCLAIMED = NightlyJob("core.files", _remove)
