"""How fast a tenant's mails go, whatever the number of workers."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update
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


async def take_turn(session: TenantSession, pause: timedelta) -> MailPace | timedelta:
    """The tenant's pace, locked, if a mail may go now: the next may after *pause*; else how long
    that will be."""
    after = session.now + pause
    taken = (
        insert(MailPace)
        .values(tenant_id=session.tenant_id, next_at=after)
        .on_conflict_do_update(
            index_elements=["tenant_id"],
            set_={"next_at": after},
            where=MailPace.next_at <= session.now,
        )
        .returning(MailPace)
    )
    found = await session.scalars(taken, execution_options={"populate_existing": True})
    if (pace := found.one_or_none()) is not None:
        return pace
    waits = (await session.scalars(select(MailPace.next_at))).one() - session.now
    return max(waits, timedelta())


async def has_answered(session: TenantSession) -> None:
    """The mail server can be reached: the next time that it can't counts as the first."""
    await session.execute(
        update(MailPace).where(MailPace.failures > 0).values(failures=0),
        execution_options={"synchronize_session": False},
    )
