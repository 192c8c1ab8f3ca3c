"""A mail that is somebody's to hand over: begun, and marked with what came of it.

Whoever is killed before it has begun has sent nothing; whoever is killed between that and the
mark may have. Such a mail is never sent again by itself: that would be twice, once in a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Result, bindparam, exists, func, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from core.files.models import File
from core.kit.db import owned
from core.kit.errors import Refused
from core.kit.session import TenantSession
from core.mail.models import Mail, Mailing
from core.mail.rules.states import (
    MOST_ATTEMPTS,
    MailingState,
    MailReason,
    MailState,
    pause,
    rest,
    topic,
)
from core.mail.rules.templates import Filled
from core.mail.services.bounces import bounce, held
from core.mail.services.pacing import has_answered, pace_of

#: How long a claimed mail is nobody else's, and once more after it was begun: longer than a mail
#: server is waited for.
CLAIM_LASTS = timedelta(seconds=120)
INTERRUPTED = "What sent it was interrupted after it had begun: the mail may have arrived."


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that is this process's to hand over."""

    id: UUID
    claim: UUID
    sender: str
    name: str | None
    address: str
    #: Whom it is for, if that is somebody who may have another address since, or want no mail.
    somebody: tuple[str, UUID] | None
    filled: Filled
    reply_to: str | None
    #: Where the recipient of marketing unsubscribes.
    link: str | None
    files: Sequence[File]
    #: How often the mail server could not be reached before it was claimed.
    failures: int = 0
    #: Not before this.
    at: datetime | None = None


class Outcome(StrEnum):
    """What came of handing a mail over."""

    TAKEN = "TAKEN"
    #: There is no such address.
    NO_SUCH_ADDRESS = "NO_SUCH_ADDRESS"
    #: The server will never take this mail.
    NEVER = "NEVER"
    LATER = "LATER"
    #: The server could not be reached, or lets nobody in.
    UNREACHABLE = "UNREACHABLE"
    #: The server had all of it, and what it answered did not arrive.
    UNKNOWN = "UNKNOWN"


_MAIL: Any = Mail.__table__
_OURS = update(_MAIL).where(
    owned(_MAIL),
    _MAIL.c.id == bindparam("mail"),
    _MAIL.c.claim == bindparam("with_claim"),
)
_MAILING: Any = Mailing.__table__
_GOES = exists().where(
    owned(_MAILING),
    _MAILING.c.id == _MAIL.c.mailing_id,
    _MAILING.c.state == MailingState.SENDING.value,
)
_BEGUN = (
    _OURS.where(_MAIL.c.mailing_id.is_(None) | _GOES)
    .values(begun_at=bindparam("at"), next_at=bindparam("until"))
    .returning(_MAIL.c.id)
)
_TAKEN = _OURS.values(
    state=MailState.SENT.value, sent_at=bindparam("at"), next_at=None, claim=None,
    reason=None, error=None,
).returning(
    _MAIL.c.mailing_id,
    # Nobody waits for the disk: if a crash of the database loses it, the mail is still begun, and
    # so UNKNOWN. That it is begun is waited for.
    func.set_config("synchronous_commit", "off", True),
)  # fmt: skip


#: The server is, and not the mail: all others wait. Else one that hangs up on each mail that it is
#: given would have all of a mailing be UNKNOWN within minutes.
IN_TROUBLE = frozenset({Outcome.UNREACHABLE, Outcome.UNKNOWN})


async def begin(session: TenantSession, claimed: Claimed) -> bool:
    """Write down, before the first byte goes, that a mail goes now; False if it is not ours, or
    its mailing was paused or cancelled."""
    begun = await _write(session, _BEGUN, claimed, until=session.now + CLAIM_LASTS)
    return bool(begun)


async def release(session: TenantSession, several: Sequence[Claimed]) -> None:
    """Put back what was claimed and is not begun: it is looked at again before it goes."""
    for claimed in several:
        mail = await _ours(session, claimed)
        if mail is not None:
            mail.attempts -= 1
            await put_back(session, mail)


async def mark(
    session: TenantSession, claimed: Claimed, outcome: Outcome, error: str | None = None
) -> None:
    """Write down what came of handing a mail over, unless somebody else has claimed it since."""
    if outcome in IN_TROUBLE:
        pace = await pace_of(session)
        pace.failures += 1
        pace.next_at = session.now + rest(pace.failures)
    elif claimed.failures:
        await has_answered(session)
    if outcome is Outcome.TAKEN:
        await _mark_taken(session, claimed)
        return
    mail = await _ours(session, claimed)
    if mail is None:
        return
    if mail.mailing_id is not None:
        session.announce(topic(mail.mailing_id))
    mail.claim, mail.error = None, error
    match outcome:
        case Outcome.NO_SUCH_ADDRESS:
            await bounce(session, mail, for_good=True, diagnostic=error)
        case Outcome.NEVER:
            end(mail, MailState.FAILED, MailReason.NOT_TAKEN)
        case Outcome.UNKNOWN:
            end(mail, MailState.UNKNOWN, MailReason.INTERRUPTED)
        case Outcome.LATER if mail.attempts >= MOST_ATTEMPTS:
            end(mail, MailState.FAILED, MailReason.NOT_DELIVERED)
        case Outcome.LATER:
            await put_back(session, mail, pause(mail.attempts))
        case Outcome.UNREACHABLE:
            # No fault of this mail's: all of them wait.
            mail.attempts -= 1
            await put_back(session, mail)


async def _mark_taken(session: TenantSession, claimed: Claimed) -> None:
    """What comes of nearly all mails, by one statement."""
    for mailing, _ in await _write(session, _TAKEN, claimed):
        if mailing is not None:
            session.announce(topic(mailing))


async def _ours(session: TenantSession, claimed: Claimed) -> Mail | None:
    """The row of a mail, locked, unless somebody else has claimed it since."""
    ours = select(Mail).where(Mail.id == claimed.id, Mail.claim == claimed.claim)
    found: Mail | None = await session.scalar(ours.with_for_update())
    return found


async def _write(
    session: TenantSession, statement: ReturningUpdate[Any], claimed: Claimed, **more: object
) -> Sequence[Any]:
    # Not by way of the mapper, which takes twice as long to think as the database to write.
    connection = await session.connection()
    ours = {"tenant": session.tenant_id, "mail": claimed.id, "with_claim": claimed.claim}
    done: Result[Any] = await connection.execute(statement, {**ours, "at": session.now, **more})
    return done.all()


async def put_back(session: TenantSession, mail: Mail, wait: timedelta = timedelta()) -> None:
    """Queue a mail that did not go again, unless its mailing was cancelled meanwhile."""
    state = None
    if mail.mailing_id is not None:
        # Held, so that who cancels it right now either sees the mail queued, or is seen here.
        statement = select(Mailing.state).where(Mailing.id == mail.mailing_id)
        state = await session.scalar(statement.with_for_update(read=True))
    if state == MailingState.CANCELLED:
        end(mail, MailState.SKIPPED, MailReason.CANCELLED)
        return
    mail.state, mail.next_at = MailState.QUEUED.value, session.now + wait
    mail.claim = mail.begun_at = None


async def resend(session: TenantSession, key: UUID) -> Mail:
    """Send a mail once more that has failed, or of which nobody knows whether it arrived."""
    mail = await held(session, key, "id")
    if mail.state not in (MailState.FAILED, MailState.UNKNOWN):
        message = f"The mail is {mail.state}; for this, it must be FAILED or UNKNOWN."
        raise Refused("WRONG_STATE", message, "id")
    if mail.mailing_id is not None:
        mailing = await session.find(Mailing, mail.mailing_id, "mailing", lock=True)
        if mailing.state == MailingState.CANCELLED:
            raise Refused("WRONG_STATE", "The mailing was cancelled: no more of it goes.", "id")
        if mailing.state == MailingState.DONE:
            mailing.state, mailing.finished_at = MailingState.SENDING.value, None
        session.announce(topic(mailing.id))
    mail.state, mail.next_at, mail.attempts = MailState.QUEUED.value, session.now, 0
    mail.reason = mail.error = mail.begun_at = None
    session.ring()
    return mail


def end(mail: Mail, state: MailState, reason: MailReason | None = None) -> None:
    mail.state, mail.next_at, mail.claim = state.value, None, None
    mail.reason = None if reason is None else reason.value
