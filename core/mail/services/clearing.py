"""Whether each of some mails may go, where, and what it says: looked at when they are claimed.

Whether it may, and where, is looked at once more right before it goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from core.files.models import File
from core.kit.errors import Refused
from core.kit.ids import new_id
from core.kit.keywords import Words
from core.kit.modules import Modules
from core.kit.session import TenantSession
from core.kit.settings import Settings
from core.mail import links
from core.mail.links import Unsubscribing
from core.mail.models import Mail, Mailing, not_skipped
from core.mail.rules.addresses import address_key
from core.mail.rules.states import MailKind, MailReason, MailState
from core.mail.rules.templates import Filled
from core.mail.services import addresses
from core.mail.services.freezing import Place, Somebody, places
from core.mail.services.handing import CLAIM_LASTS, Claimed, end
from core.mail.services.mailings import files_of
from core.mail.services.saying import filled_with, words_of
from core.tenancy.models import Tenant


@dataclass
class Round:
    """What is the same for all mails that somebody sends in one go, read once: seconds, at most.

    Nothing is in it that says whether a mail may go.
    """

    sender: str | None = None
    #: What a mailing says, and what is attached: since it was let go, nobody can change that.
    mailings: dict[UUID, Mailing] = field(default_factory=dict)
    files: dict[UUID, Sequence[File]] = field(default_factory=dict)


async def cleared(
    session: TenantSession,
    modules: Modules,
    settings: Settings,
    mails: Sequence[Mail],
    known: Round,
) -> list[Claimed]:
    """Claim those of *mails* that may go; on the others it is said why they must not."""
    found = await _places(session, modules, mails)
    going = [mail for mail in mails if not await _is_skipped(session, mail, found[mail.id])]
    words = await _words(session, modules, going, known)
    claimed = []
    for mail in going:
        link = _link(session, settings, mail)
        try:
            filled = _filled(mail, words[mail.id], known, link)
        except Refused as refused:
            end(mail, MailState.FAILED, MailReason.CANNOT_BE_FILLED)
            mail.error = refused.message
            continue
        claimed.append(await _claimed(session, mail, filled, link, known))
    return claimed


async def _claimed(
    session: TenantSession, mail: Mail, filled: Filled, link: str | None, known: Round
) -> Claimed:
    mail.subject, mail.html, mail.text = filled.subject, filled.html, filled.text
    mail.state, mail.claim = MailState.SENDING.value, new_id()
    mail.attempts += 1
    mail.next_at = session.now + CLAIM_LASTS
    assert mail.address is not None  # else it was skipped
    return Claimed(
        mail.id, mail.claim, await _sender(session, known), mail.name, mail.address,
        _somebody(mail), filled, mail.reply_to, link, await _files(session, mail, known),
    )  # fmt: skip


async def still_goes(session: TenantSession, modules: Modules, claimed: Claimed) -> bool:
    """Whether a claimed mail may go, and to the same address, right before it does."""
    marketing = claimed.link is not None
    key = address_key(claimed.address)
    if claimed.somebody is None:
        return not await addresses.closed(session, [key], marketing=marketing)
    (place,) = await places(session, modules, [claimed.somebody], marketing)
    return place.reason is None and place.key == key


async def _places(
    session: TenantSession, modules: Modules, mails: Sequence[Mail]
) -> dict[UUID, Place]:
    """Where each would go now, or why it must not: as its recipient and its address are now."""
    made: dict[UUID, Place] = {}
    for marketing in {mail.kind == MailKind.MARKETING for mail in mails}:
        of_kind = [mail for mail in mails if (mail.kind == MailKind.MARKETING) is marketing]
        known = {mail.id: who for mail in of_kind if (who := _somebody(mail)) is not None}
        found = await places(session, modules, list(known.values()), marketing)
        made |= dict(zip(known, found, strict=True))
        others = [mail for mail in of_kind if mail.id not in known]
        keys = {mail.address_key for mail in others if mail.address_key is not None}
        shut = await addresses.closed(session, keys, marketing=marketing)
        for mail in others:
            gone = mail.address is None or mail.address_key is None  # whose it was is erased
            reason = MailReason.GONE if gone else shut.get(str(mail.address_key))
            made[mail.id] = Place(None, mail.address, reason)
    return made


def _somebody(mail: Mail) -> Somebody | None:
    if mail.recipient_type is None or mail.recipient_id is None:
        return None
    return mail.recipient_type, mail.recipient_id


async def _is_skipped(session: TenantSession, mail: Mail, place: Place) -> bool:
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


async def _words(
    session: TenantSession, modules: Modules, mails: Sequence[Mail], known: Round
) -> dict[UUID, dict[str, Words] | Refused | None]:
    """What the keywords of each mean, read for all of a mailing at once.

    None: it has its text already; refused: a keyword means nothing any more.
    """
    found: dict[UUID, dict[str, Words] | Refused | None] = dict.fromkeys(m.id for m in mails)
    by_mailing: dict[UUID, list[Mail]] = {}
    for mail in mails:
        if not _has_its_text(mail):
            assert mail.mailing_id is not None  # a mail of its own has its text from the start
            by_mailing.setdefault(mail.mailing_id, []).append(mail)
    for key, some in by_mailing.items():
        mailing = await _said(session, key, known)
        try:
            read = await words_of(session, modules, some, mailing)
        except Refused as refused:
            found |= dict.fromkeys((mail.id for mail in some), refused)
        else:
            found |= {mail.id: words for mail, words in zip(some, read, strict=True)}
    return found


def _filled(
    mail: Mail, words: dict[str, Words] | Refused | None, known: Round, link: str | None
) -> Filled:
    """What the recipient reads; what may have gone out already goes out as it was."""
    if isinstance(words, Refused):
        raise words
    if words is None:
        return Filled(str(mail.subject), mail.html, str(mail.text))
    assert mail.mailing_id is not None
    return filled_with(known.mailings[mail.mailing_id], words, link)


def _has_its_text(mail: Mail) -> bool:
    return mail.subject is not None and mail.text is not None


def _link(session: TenantSession, settings: Settings, mail: Mail) -> str | None:
    if mail.kind != MailKind.MARKETING:
        return None
    key = Unsubscribing(session.tenant_id, mail.id)
    return links.address(settings.public_address, settings.secret, key)


async def _said(session: TenantSession, key: UUID, known: Round) -> Mailing:
    """What a mailing says: since it was let go, it can't be another."""
    if key not in known.mailings:
        found = await session.scalars(select(Mailing).where(Mailing.id == key))
        known.mailings[key] = found.one()
    return known.mailings[key]


async def _files(session: TenantSession, mail: Mail, known: Round) -> Sequence[File]:
    if mail.mailing_id is None:
        return ()
    if mail.mailing_id not in known.files:
        known.files[mail.mailing_id] = await files_of(session, mail.mailing_id)
    return known.files[mail.mailing_id]


async def _sender(session: TenantSession, known: Round) -> str:
    if known.sender is None:
        name = select(Tenant.name).where(Tenant.id == session.tenant_id)
        known.sender = await session.scalar(name) or ""
    return known.sender
