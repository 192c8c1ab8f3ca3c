"""Who a mailing goes to, and who is skipped and why: frozen as rows before anybody decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, func, select, true

from core.kit.audiences import Recipient
from core.kit.bulk import insert_rows
from core.kit.ids import new_id
from core.kit.modules import Modules
from core.kit.session import TenantSession
from core.mail.audiences import CONTACT
from core.mail.models import Mail, Mailing, not_skipped
from core.mail.rules.addresses import address_key, deliverable
from core.mail.rules.states import MailKind, MailReason, MailState
from core.mail.rules.templates import nearest
from core.mail.services.addresses import closed

#: Of one statement.
AT_ONCE = 1_000

#: Somebody: how their global id begins, and their key.
Somebody = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail to somebody would go, or why none does."""

    recipient: Recipient | None
    address: str | None = None
    reason: MailReason | None = None

    @property
    def key(self) -> str | None:
        return None if self.address is None else address_key(self.address)


def place_of(recipient: Recipient | None) -> Place:
    """Where a mail to *recipient* would go, as far as they and their address say."""
    if recipient is None:
        return Place(None, reason=MailReason.GONE)
    if recipient.refusal is not None:
        return Place(recipient, recipient.address, MailReason(recipient.refusal))
    if not recipient.address:
        return Place(recipient, None, MailReason.NO_ADDRESS)
    address = deliverable(recipient.address)
    if address is None:
        return Place(recipient, recipient.address, MailReason.INVALID_ADDRESS)
    return Place(recipient, address)


async def places(
    session: TenantSession, modules: Modules, everybody: Sequence[Somebody], marketing: bool
) -> list[Place]:
    """Where mails would go, in the order asked; what is known of the addresses is looked up."""
    found: dict[Somebody, Recipient] = {}
    for type_ in {type_ for type_, _ in everybody}:
        audience = modules.mail_audiences.get(type_)
        if audience is not None:
            keys = [key for of, key in everybody if of == type_]
            read = await audience.read(session, keys, marketing)
            found |= {(type_, key): recipient for key, recipient in read.items()}
    made = [place_of(found.get(each)) for each in everybody]
    wanted = {p.key for p in made if p.reason is None and p.key is not None}
    shut = await closed(session, wanted, marketing=marketing)
    return [
        Place(p.recipient, p.address, shut[p.key]) if p.reason is None and p.key in shut else p
        for p in made
    ]


async def in_front(
    session: TenantSession, modules: Modules, contacts: Sequence[UUID]
) -> list[Somebody]:
    """Who is written to when these contacts are: whoever a module puts in front, or themselves."""
    found: dict[UUID, Somebody] = {}
    for audience in modules.mail_audiences.values():
        if audience.defaults is not None:
            defaults = await audience.defaults(session, contacts)
            found |= {contact: (audience.of, key) for contact, key in defaults.items()}
    return [found.get(contact, (CONTACT, contact)) for contact in contacts]


@dataclass
class Freezer:
    """Writes the recipients of one mailing, each address once: behind those that it has."""

    session: TenantSession
    modules: Modules
    mailing: Mailing
    position: int = 0

    async def freeze(self, everybody: Sequence[Somebody]) -> None:
        for some in _batches(everybody):
            marketing = self.mailing.kind == MailKind.MARKETING
            found = await places(self.session, self.modules, some, marketing)
            seen = await self._seen({p.key for p in found if p.reason is None})
            rows = [self._row(*pair, seen) for pair in zip(some, found, strict=True)]
            await insert_rows(self.session, Mail.__table__, rows)

    async def freeze_contacts(self, contacts: Sequence[UUID]) -> None:
        for some in _batches(contacts):
            everybody = await in_front(self.session, self.modules, some)
            everybody = await self._own_where_nobody_has(some, everybody)
            await self.freeze(everybody)

    async def _own_where_nobody_has(
        self, contacts: Sequence[UUID], everybody: Sequence[Somebody]
    ) -> list[Somebody]:
        """A contact's own address stands in for a person who has none (but not for one who

        refuses).
        """
        marketing = self.mailing.kind == MailKind.MARKETING
        found = await places(self.session, self.modules, everybody, marketing)
        return [
            (CONTACT, contact) if place.reason == MailReason.NO_ADDRESS else somebody
            for contact, somebody, place in zip(contacts, everybody, found, strict=True)
        ]

    async def _seen(self, wanted: set[str | None]) -> set[str]:
        """Those of the addresses that the mailing goes to already."""
        if not self.position:
            return set()
        keys = func.unnest(bindparam("keys", [*filter(None, wanted)], ARRAY(Text)))
        each = keys.table_valued("key").render_derived()
        # One by one, so that each is looked up by its index whatever the statistics say: the rest
        # of the mailing came a moment ago.
        taken = (
            select(true())
            .where(
                Mail.tenant_id == self.session.tenant_id,
                Mail.mailing_id == self.mailing.id,
                Mail.address_key == each.c.key,
                not_skipped(),
            )
            .limit(1)
            .scalar_subquery()
        )
        return set(await self.session.scalars(select(each.c.key).where(taken)))

    def _row(self, somebody: Somebody, place: Place, seen: set[str]) -> dict[str, Any]:
        reason, recipient, key = place.reason, place.recipient, place.key
        if reason is None and key in seen:
            reason = MailReason.DUPLICATE_ADDRESS
        if reason is None and key is not None:
            seen.add(key)
        self.position += 1
        language = recipient.language if recipient is not None else None
        return {
            "id": new_id(),
            "mailing_id": self.mailing.id,
            "kind": self.mailing.kind,
            "recipient_type": somebody[0],
            "recipient_id": somebody[1],
            "contact_id": recipient.contact_id if recipient is not None else None,
            "position": self.position,
            "name": recipient.name if recipient is not None else None,
            "address": place.address,
            "address_key": key,
            "language": nearest(language) if language else self.mailing.language,
            "state": (MailState.DRAFT if reason is None else MailState.SKIPPED).value,
            "reason": None if reason is None else reason.value,
            "reply_to": self.mailing.reply_to,
        }


def _batches(rows: Sequence[Any]) -> Iterator[list[Any]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, AT_ONCE)):
        yield batch
