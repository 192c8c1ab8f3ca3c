"""How fast a tenant's mails go, whatever the number of workers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, select, update
from sqlalchemy.dialects.postgresql import insert

from core.kit.session import TenantSession
from core.mail.models import MailPace

#: Who comes so late to a turn has it all the same, so that what a worker takes to come back does
#: not slow all mails down. Never later than the next one.
MOST_LATE = timedelta(seconds=0.5)


@dataclass(frozen=True, slots=True)
class Turns:
    """Moments at which a mail may go each; the pace is locked until they are given away."""

    pace: MailPace
    first: datetime
    pause: timedelta

    def at(self, number: int) -> datetime:
        return self.first + number * self.pause

    def use(self, many: int) -> None:
        """Only so many of them are needed."""
        if self.pace.next_at != self.at(many):
            self.pace.next_at = self.at(many)


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


async def take_turns(session: TenantSession, pause: timedelta, many: int) -> Turns | timedelta:
    """The next *many* turns, if the first has come: one follows the other by *pause*; else how
    long it will be."""
    late = session.now - min(pause, MOST_LATE)
    first = case((MailPace.next_at > late, MailPace.next_at), else_=session.now)
    taken = (
        insert(MailPace)
        .values(tenant_id=session.tenant_id, next_at=session.now + many * pause)
        .on_conflict_do_update(
            index_elements=["tenant_id"],
            set_={"next_at": first + many * pause},
            where=MailPace.next_at <= session.now,
        )
        .returning(MailPace)
    )
    found = await session.scalars(taken, execution_options={"populate_existing": True})
    if (pace := found.one_or_none()) is not None:
        return Turns(pace, pace.next_at - many * pause, pause)
    waits = (await session.scalars(select(MailPace.next_at))).one() - session.now
    return max(waits, timedelta())


async def has_answered(session: TenantSession) -> None:
    """The mail server can be reached: the next time that it can't counts as the first."""
    await session.execute(
        update(MailPace).where(MailPace.failures > 0).values(failures=0),
        execution_options={"synchronize_session": False},
    )
