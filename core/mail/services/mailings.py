"""Mailings: prepared with their recipients frozen, sent when the count is confirmed, stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select, update

from core.files.models import File
from core.files.services import claim as claim_file
from core.files.services import release as release_file
from core.kit.errors import Refused
from core.kit.ids import new_id
from core.kit.modules import Modules
from core.kit.session import TenantSession, check_version
from core.kit.settings import Settings
from core.mail.audiences import CONTACT
from core.mail.models import Mail, Mailing, MailingAttachment
from core.mail.rules import templates as rules
from core.mail.rules.addresses import deliverable
from core.mail.rules.states import MailingState, MailKind, MailReason, MailState, topic
from core.mail.rules.templates import Wording
from core.mail.services import filling, preparing

MOST_RECIPIENTS = 50_000
MOST_ATTACHMENTS = 10
#: Together; many servers take no more than 25 MB, and what is encoded is a third larger.
ATTACHED_BYTES = 15 * 1024 * 1024


@dataclass(frozen=True)
class Draft:
    """What a mailing says, before anybody knows to whom."""

    name: str
    kind: MailKind
    wording: Wording
    reply_to: str | None = None
    about: dict[str, UUID] = field(default_factory=dict)
    files: Sequence[UUID] = ()


async def prepare(
    session: TenantSession, modules: Modules, draft: Draft, type_: str, keys: Sequence[UUID]
) -> Mailing:
    """Freeze who would get it, in that order; of those who share an address, the first does.

    They are of the type *type_*. A contact is written to by who is in front of it, or by its own
    address. If they are many, a job looks up where each mail would go.
    """
    in_front = {a.of for a in modules.mail_audiences.values() if a.defaults is not None}
    offered = {CONTACT, *in_front} if type_ == CONTACT else {CONTACT, type_}
    mailing = await _begin(session, modules, draft, offered, len(keys))
    await preparing.freeze(session, modules, mailing, type_, keys)
    return mailing


async def send(
    session: TenantSession,
    modules: Modules,
    settings: Settings,
    key: UUID,
    confirm_count: int,
    version: int | None,
) -> Mailing:
    """Let a prepared mailing go, to exactly the recipients that were counted."""
    mailing = await _held(session, key, version)
    _require(mailing, MailingState.DRAFT)
    if not settings.mails_go:
        raise Refused("NO_MAIL_SERVER", "No mail server is set: FIELDGATE_SMTP_URL is empty.")
    drafts = Mail.mailing_id == key, Mail.state == MailState.DRAFT.value
    count = await session.scalar(select(func.count()).select_from(Mail).where(*drafts))
    if not count:
        raise Refused("NO_RECIPIENTS", "Nobody would be written to.", "id")
    if confirm_count != count:
        message = f"{count} would be written to, not {confirm_count}. Look at the mailing again."
        raise Refused("COUNT_MISMATCH", message, "confirmCount")
    filling.check(modules, wording_of(mailing), await _offered(session, modules, mailing),
                  mailing.kind == MailKind.MARKETING)  # fmt: skip
    mailing.state, mailing.started_at = MailingState.SENDING.value, session.now
    mailing.started_by = session.user_id
    await session.flush()
    queued = {"state": MailState.QUEUED.value, "queued_at": session.now, "next_at": session.now}
    await session.execute(
        update(Mail).where(*drafts).values(**queued),
        execution_options={"synchronize_session": False},
    )
    session.ring()
    return mailing


async def pause(session: TenantSession, key: UUID, version: int | None) -> Mailing:
    """Send no more of it for now; a mail that is being handed over is."""
    mailing = await _held(session, key, version)
    _require(mailing, MailingState.SENDING)
    mailing.state = MailingState.PAUSED.value
    return mailing


async def resume(session: TenantSession, key: UUID, version: int | None) -> Mailing:
    mailing = await _held(session, key, version)
    _require(mailing, MailingState.PAUSED)
    mailing.state = MailingState.SENDING.value
    session.ring()
    return mailing


async def cancel(session: TenantSession, key: UUID, version: int | None) -> Mailing:
    """Send no more of it at all; who has not been written to is skipped."""
    mailing = await _held(session, key, version)
    _require(mailing, MailingState.SENDING, MailingState.PAUSED)
    mailing.state, mailing.finished_at = MailingState.CANCELLED.value, session.now
    await session.flush()
    await session.execute(
        update(Mail)
        .where(Mail.mailing_id == key, Mail.state == MailState.QUEUED.value)
        .values(state=MailState.SKIPPED.value, reason=MailReason.CANCELLED.value, next_at=None),
        execution_options={"synchronize_session": False},
    )
    return mailing


async def delete(session: TenantSession, key: UUID, version: int | None) -> UUID:
    """Forget a mailing that was never sent."""
    mailing = await _held(session, key, version)
    _require(mailing, MailingState.DRAFT, MailingState.PREPARING)
    if mailing.state == MailingState.PREPARING:
        await preparing.stop(session, mailing)
    for file in await files_of(session, key):
        await release_file(session, file.id)
    await session.delete(mailing)
    return key


async def files_of(session: TenantSession, key: UUID) -> list[File]:
    """The files that go with a mailing, in their order."""
    files = select(File).join(MailingAttachment, MailingAttachment.file_id == File.id)
    of_mailing = files.where(MailingAttachment.mailing_id == key)
    return list(await session.scalars(of_mailing.order_by(MailingAttachment.position)))


def wording_of(mailing: Mailing) -> Wording:
    return Wording(mailing.subject, mailing.html, mailing.text, mailing.language)


async def _begin(
    session: TenantSession, modules: Modules, draft: Draft, offered: set[str], count: int
) -> Mailing:
    if count > MOST_RECIPIENTS:
        message = f"{count} recipients are too many at once; {MOST_RECIPIENTS} are allowed."
        raise Refused("TOO_MANY_RECIPIENTS", message, "where")
    marketing = draft.kind == MailKind.MARKETING
    await filling.require(session, modules, draft.about)
    filling.check(modules, draft.wording, {*offered, *draft.about}, marketing)
    reply_to = None if draft.reply_to is None else deliverable(draft.reply_to)
    if draft.reply_to and reply_to is None:
        message = f"'{draft.reply_to[:60]}' is not an e-mail address."
        raise Refused("INVALID_EMAIL", message, "replyTo")
    mailing = Mailing(
        id=new_id(),
        name=rules.name(draft.name),
        kind=draft.kind.value,
        state=MailingState.DRAFT.value,
        subject=draft.wording.subject,
        html=draft.wording.html,
        text=draft.wording.text,
        language=draft.wording.language,
        reply_to=reply_to,
        about={of: key.hex for of, key in draft.about.items()},
    )
    session.add(mailing)
    await session.flush()
    session.announce(topic(mailing.id))
    await _attach(session, mailing, draft.files)
    return mailing


async def _attach(session: TenantSession, mailing: Mailing, files: Sequence[UUID]) -> None:
    if len(set(files)) > MOST_ATTACHMENTS:
        message = f"{len(files)} files are too many; {MOST_ATTACHMENTS} are allowed."
        raise Refused("TOO_MANY_FILES", message, "attachmentIds")
    size = 0
    for position, key in enumerate(dict.fromkeys(files)):
        file: File = await claim_file(session, key, "attachmentIds")
        size += file.size
        session.add(MailingAttachment(mailing_id=mailing.id, file_id=key, position=position))
    if size > ATTACHED_BYTES:
        message = f"The files have {size} bytes together; {ATTACHED_BYTES} are allowed."
        raise Refused("FILE_TOO_LARGE", message, "attachmentIds")
    await session.flush()


async def _held(session: TenantSession, key: UUID, version: int | None) -> Mailing:
    """The mailing, which is about to be another."""
    mailing = await session.find(Mailing, key, "mailing", field="id", lock=True)
    check_version(mailing, version)
    session.announce(topic(key))
    return mailing


def _require(mailing: Mailing, *states: MailingState) -> None:
    if mailing.state not in states:
        names = " or ".join(states)
        message = f"The mailing is {mailing.state}; for this, it must be {names}."
        raise Refused("WRONG_STATE", message, "id")


async def _offered(session: TenantSession, modules: Modules, mailing: Mailing) -> set[str]:
    types = select(Mail.recipient_type).where(Mail.mailing_id == mailing.id).distinct()
    in_front = {a.of for a in modules.mail_audiences.values() if a.defaults is not None}
    return {CONTACT, *in_front, *mailing.about, *(t for t in await session.scalars(types) if t)}
