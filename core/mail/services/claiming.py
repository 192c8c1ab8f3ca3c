"""The queue of a tenant's mails: the next is claimed, or skipped if it must not go.

A mail is claimed, begun and marked in three transactions, so that whoever is killed at any moment
loses nothing: one that was claimed and not begun is claimed again once its time is up, and goes
with the same Message-ID.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, func, select

from core.files.models import File
from core.kit.errors import Refused
from core.kit.ids import new_id
from core.kit.modules import Modules
from core.kit.session import TenantSession
from core.kit.settings import Settings
from core.mail import links
from core.mail.links import Unsubscribing
from core.mail.models import Mail, Mailing, is_, not_skipped
from core.mail.rules.states import (
    MOST_ATTEMPTS,
    MailingState,
    MailKind,
    MailReason,
    MailState,
    topic,
)
from core.mail.rules.templates import Filled
from core.mail.services import addresses
from core.mail.services.freezing import Place, places
from core.mail.services.handing import CLAIM_LASTS, INTERRUPTED, Claimed, end, put_back
from core.mail.services.mailings import files_of
from core.mail.services.pacing import take_turn
from core.mail.services.saying import fill_for
from core.tenancy.models import Tenant

#: Of one transaction: what was skipped is kept, whoever is killed.
MOST_SKIPPED = 100
VANISHED = "Each process that was about to send it has ended before."


@dataclass(frozen=True, slots=True)
class Wait:
    """Something is to be sent, but not before so many seconds have gone by."""

    seconds: float


@dataclass
class Round:
    """What is the same for all mails that somebody sends in one go, read once: seconds, at most.

    Nothing is in it that says whether a mail may go.
    """

    sender: str | None = None
    #: What a mailing says, and what is attached: since it was let go, nobody can change that.
    mailings: dict[UUID, Mailing] = field(default_factory=dict)
    files: dict[UUID, Sequence[File]] = field(default_factory=dict)


async def claim(
    session: TenantSession, modules: Modules, settings: Settings, round_: Round | None = None
) -> Claimed | Wait | None:
    """The next mail that is due; mails that must not go are skipped on the way.

    None if there is nothing to send now. *round_* is for who claims one mail after the other.
    """
    pace = await take_turn(session, timedelta(minutes=1) / settings.mails_per_minute)
    if isinstance(pace, timedelta):
        return Wait(pace.total_seconds())
    found = await _claim_one(session, modules, settings, round_ or Round())
    if isinstance(found, Claimed):
        return replace(found, failures=pace.failures)
    pace.next_at = session.now  # nothing goes now
    return found


async def _claim_one(
    session: TenantSession, modules: Modules, settings: Settings, known: Round
) -> Claimed | Wait | None:
    for _ in range(MOST_SKIPPED):
        mail = await _next(session)
        if mail is None:
            return None
        claimed = None
        if not await _is_over(session, mail):
            claimed = await _claimed(session, modules, settings, mail, known)
        await session.flush()
        if mail.mailing_id is not None:
            session.announce(topic(mail.mailing_id))
        if claimed is not None:
            return claimed
    return Wait(0)


async def _next(session: TenantSession) -> Mail | None:
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
    seen = (await session.execute(select(*(i.limit(1).scalar_subquery() for i in ids)))).one()
    for statement, key in zip((left, single), seen[:2], strict=True):
        if key is not None and (found := await _first(session, statement)) is not None:
            return found
    oldest = seen[2]
    if oldest is None:
        return None
    if (found := await _first(session, queued.where(Mail.mailing_id == oldest))) is not None:
        return found
    for key in (await session.scalars(sending)).all():
        found = await _first(session, queued.where(Mail.mailing_id == key))
        if found is not None:
            return found
        await _settle(session, key)
    return None


async def _first(session: TenantSession, statement: Select[Mail]) -> Mail | None:
    # Others' claims wait for the pace; a mail that is locked is being marked or cancelled.
    locked = statement.limit(1).with_for_update(skip_locked=True)
    return await session.scalar(locked.execution_options(populate_existing=True))


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


async def _claimed(
    session: TenantSession, modules: Modules, settings: Settings, mail: Mail, known: Round
) -> Claimed | None:
    """Claim *mail*, or say on it why it must not go."""
    link = None
    if mail.kind == MailKind.MARKETING:
        key = Unsubscribing(session.tenant_id, mail.id)
        link = links.address(settings.public_address, settings.secret, key)
    if await _is_skipped(session, modules, mail):
        return None
    try:
        filled = await _filled(session, modules, mail, link, known)
    except Refused as refused:
        end(mail, MailState.FAILED, MailReason.CANNOT_BE_FILLED)
        mail.error = refused.message
        return None
    mail.subject, mail.html, mail.text = filled.subject, filled.html, filled.text
    mail.state, mail.claim = MailState.SENDING.value, new_id()
    mail.attempts += 1
    mail.next_at = session.now + CLAIM_LASTS
    assert mail.address is not None  # else it was skipped
    return Claimed(
        mail.id, mail.claim, await _sender(session, known), mail.name, mail.address, filled,
        mail.reply_to, link, await _files(session, mail, known),
    )  # fmt: skip


async def _is_skipped(session: TenantSession, modules: Modules, mail: Mail) -> bool:
    """Look again, at the last moment, whether the recipient may be written to, and where."""
    place = await _place(session, modules, mail)
    reason = place.reason
    if (
        reason is None
        and place.key != mail.address_key
        and await _has_another(session, mail, place)
    ):
        reason = MailReason.DUPLICATE_ADDRESS
    if reason is not None:
        end(mail, MailState.SKIPPED, reason)
        return True
    mail.address, mail.address_key = place.address, place.key
    if place.recipient is not None:
        mail.name, mail.contact_id = place.recipient.name, place.recipient.contact_id
    return False


async def _place(session: TenantSession, modules: Modules, mail: Mail) -> Place:
    marketing = mail.kind == MailKind.MARKETING
    if mail.recipient_type is None or mail.recipient_id is None:
        if mail.address is None or mail.address_key is None:  # whose it was is erased
            return Place(None, None, MailReason.GONE)
        shut = await addresses.closed(session, [mail.address_key], marketing=marketing)
        return Place(None, mail.address, shut.get(mail.address_key))
    somebody = (mail.recipient_type, mail.recipient_id)
    (found,) = await places(session, modules, [somebody], marketing)
    return found


async def _has_another(session: TenantSession, mail: Mail, place: Place) -> bool:
    """Whether the same mailing goes to that address already, for somebody else."""
    if mail.mailing_id is None:
        return False
    another = select(Mail.id).where(
        Mail.mailing_id == mail.mailing_id,
        Mail.address_key == place.key,
        Mail.id != mail.id,
        not_skipped(),
    )
    return await session.scalar(another.limit(1)) is not None


async def _filled(
    session: TenantSession, modules: Modules, mail: Mail, link: str | None, known: Round
) -> Filled:
    """What the recipient reads; what may have gone out already goes out as it was."""
    if mail.subject is not None and mail.text is not None:
        return Filled(mail.subject, mail.html, mail.text)
    assert mail.mailing_id is not None  # a mail of its own has its text from the start
    return await fill_for(
        session, modules, mail, await _said(session, mail.mailing_id, known), link
    )


async def _said(session: TenantSession, key: UUID, known: Round) -> Mailing:
    """What a mailing says: since it was let go, it can't be another."""
    if key not in known.mailings:
        found = await session.scalars(select(Mailing).where(Mailing.id == key))
        known.mailings[key] = found.one()
    return known.mailings[key]


async def _files(session: TenantSession, mail: Mail, known: Round) -> Sequence[File]:
    if mail.mailing_id is None:
        return []
    if mail.mailing_id not in known.files:
        known.files[mail.mailing_id] = await files_of(session, mail.mailing_id)
    return known.files[mail.mailing_id]


async def _sender(session: TenantSession, known: Round) -> str:
    if known.sender is None:
        name = select(Tenant.name).where(Tenant.id == session.tenant_id)
        known.sender = await session.scalar(name) or ""
    return known.sender
