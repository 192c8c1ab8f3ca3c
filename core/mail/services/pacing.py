"""How fast a tenant's mails go, whatever the number of workers."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from core.kit.session import TenantSession
from core.mail.models import MailPace


async def pace_of(session: TenantSession) -> MailPace:
    """The tenant's pace, locked: two workers don't claim at the same moment."""
    made = insert(MailPace).values(tenant_id=session.tenant_id, next_at=session.now)
    locked = made.on_conflict_do_update(
        index_elements=["tenant_id"], set_={"next_at": MailPace.next_at}
    )
    found = await session.scalars(
        locked.returning(MailPace), execution_options={"populate_existing": True}
    )
    return found.one()


async def has_answered(session: TenantSession) -> None:
    """The mail server can be reached: the next time that it can't counts as the first."""
    await session.execute(
        update(MailPace).where(MailPace.failures > 0).values(failures=0),
        execution_options={"synchronize_session": False},
    )
