"""How fast a tenant's mails go, whatever the number of workers."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.kit.session import TenantSession
from core.mail.models import MailPace


async def pace_of(session: TenantSession) -> MailPace:
    """The tenant's pace, locked: two workers don't claim at the same moment."""
    await session.execute(
        insert(MailPace)
        .values(tenant_id=session.tenant_id, next_at=session.now)
        .on_conflict_do_nothing()
    )
    return (await session.scalars(select(MailPace).with_for_update())).one()
