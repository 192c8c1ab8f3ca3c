"""The queue of a tenant's mails: the next are claimed, or skipped if they must not go.

A mail is claimed with some others, begun and marked in three transactions, so that whoever is
killed at any moment loses nothing: one that was claimed and not begun is claimed again once its
time is up, and goes with the same Message-ID.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, func, select

from core.kit.modules import Modules
from core.kit.session import TenantSession
from core.kit.settings import Settings
from core.mail.models import Mail, Mailing, is_
from core.mail.rules.states import MOST_ATTEMPTS, MailingState, MailReason, MailState, topic
from core.mail.services.clearing import Round, cleared
from core.mail.services.handing import INTERRUPTED, Claimed, end, put_back
from core.mail.services.pacing import take_turns

#: Claimed by one transaction: what most of it takes is the same for one and for all of them.
AT_ONCE = 25
#: How long before it goes a mail is claimed, at most: it was looked at then.
AHEAD = timedelta(seconds=0.5)
#: Of one transaction: what was skipped is kept, whoever is killed.
MOST_SKIPPED = 100
VANISHED = "Each process that was about to send it has ended before."


@dataclass(frozen=True, slots=True)
class Wait:
    """Something is to be sent, but not before so many seconds have gone by."""

    seconds: float


async def claim(
    session: TenantSession,
    modules: Modules,
    settings: Settings,
    round_: Round | None = None,
    most: int = AT_ONCE,
) -> list[Claimed] | Wait | None:
    """The next mails that are due, each with the moment at which it may go; those that must not
    go are skipped on the way.

    So many as go at the tenant's pace in half a second, and at least one: *most*, if they are
    fewer. None if there is nothing to send now. *round_* is for who claims again and again.
    """
    pause = timedelta(minutes=1) / settings.mails_per_minute
    many = max(1, min(most, int(AHEAD / pause)))
    turns = await take_turns(session, pause, many)
    if isinstance(turns, timedelta):
        return Wait(turns.total_seconds())
    found = await _claim_some(session, modules, settings, round_ or Round(), many)
    if isinstance(found, list):
        turns.use(len(found))
        failures = turns.pace.failures
        return [replace(e, failures=failures, at=turns.at(n)) for n, e in enumerate(found)]
    turns.pace.next_at = session.now  # nothing goes now
    return found


async def _claim_some(
    session: TenantSession, modules: Modules, settings: Settings, known: Round, many: int
) -> list[Claimed] | Wait | None:
    looked = 0
    while looked < MOST_SKIPPED:
        mails = await _next(session, many)
        if not mails:
            return None
        looked += len(mails)
        going = [mail for mail in mails if not await _is_over(session, mail)]
        claimed = await cleared(session, modules, settings, going, known)
        await session.flush()
        for key in {mail.mailing_id for mail in mails if mail.mailing_id is not None}:
            session.announce(topic(key))
        if claimed:
            return claimed
    return Wait(0)


async def _next(session: TenantSession, many: int) -> Sequence[Mail]:
    """What is due first: what a killed worker left, single mails, the oldest mailing's."""
    due = select(Mail).where(Mail.next_at <= func.now())
    queued = due.where(is_(MailState.QUEUED)).order_by(Mail.next_at, Mail.position, Mail.id)
    left = due.where(is_(MailState.SENDING)).order_by(Mail.next_at)
    single = queued.where(Mail.mailing_id.is_(None))
    sending = (
        select(Mailing.id)
        .where(Mailing.state == MailingState.SENDING.value)
        .order_by(Mailing.started_at, Mailing.id)
    )
    # By one look: mostly there are no others than the oldest mailing's.
    ids = left.with_only_columns(Mail.id), single.with_only_columns(Mail.id), sending
    seen = await session.execute(select(*(i.limit(1).scalar_subquery() for i in ids)))
    is_left, is_single, oldest = list(seen.one())
    # One by one: if it is a mail that kills whoever has it, no others have failed along with it.
    if is_left is not None and (found := await _first(session, left, 1)):
        return found
    if is_single is not None and (found := await _first(session, single, many)):
        return found
    if oldest is None:
        return []
    if found := await _first(session, queued.where(Mail.mailing_id == oldest), many):
        return found
    for key in (await session.scalars(sending)).all():
        if found := await _first(session, queued.where(Mail.mailing_id == key), many):
            return found
        await _settle(session, key)
    return []


async def _first(session: TenantSession, statement: Select[Mail], many: int) -> Sequence[Mail]:
    # Others' claims wait for the pace; a mail that is locked is being marked or cancelled.
    locked = statement.limit(many).with_for_update(skip_locked=True)
    found = await session.scalars(locked.execution_options(populate_existing=True))
    return found.all()


async def _settle(session: TenantSession, key: UUID) -> None:
    """A mailing of which nothing is left to send is done."""
    mailing = await session.scalar(
        select(Mailing)
        .where(Mailing.id == key, Mailing.state == MailingState.SENDING.value)
        .with_for_update(skip_locked=True)  # who cancels it waits for the mails skipped here
        .execution_options(populate_existing=True)
    )
    waiting = (MailState.QUEUED.value, MailState.SENDING.value)
    left = select(Mail.id).where(Mail.mailing_id == key, Mail.state.in_(waiting)).limit(1)
    if mailing is not None and await session.scalar(left) is None:
        mailing.state, mailing.finished_at = MailingState.DONE.value, session.now
        await session.flush()
        session.announce(topic(key))


async def _is_over(session: TenantSession, mail: Mail) -> bool:
    """Settle a mail that a killed process left, unless it is simply to be claimed again."""
    if mail.state != MailState.SENDING:
        return False
    if mail.begun_at is not None:
        end(mail, MailState.UNKNOWN, MailReason.INTERRUPTED)
        mail.error = INTERRUPTED
    elif mail.attempts >= MOST_ATTEMPTS:
        end(mail, MailState.FAILED, MailReason.NOT_DELIVERED)
        mail.error = VANISHED
    else:
        await put_back(session, mail)
        # Of a mailing that waits, it waits as well.
        return mail.state != MailState.QUEUED or await _is_paused(session, mail)
    return True


async def _is_paused(session: TenantSession, mail: Mail) -> bool:
    state = select(Mailing.state).where(Mailing.id == mail.mailing_id)
    return await session.scalar(state) == MailingState.PAUSED
