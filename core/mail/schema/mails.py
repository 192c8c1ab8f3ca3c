"""Mailings, and the mails they are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import case, func, select
from sqlalchemy.orm import aliased

from core.contacts.schema import Contact
from core.files.models import File as FileRow
from core.files.schema import File
from core.hierarchy.models import ContactClosure
from core.kit.connections import Connection, FacetedConnection
from core.kit.extend import extend
from core.kit.fields import Node, by_id, computed, everything, many, one, value
from core.kit.filters import (
    DateTimeFilter,
    EnumFilter,
    Filter,
    IdFilter,
    TextFilter,
    matching,
)
from core.kit.ids import global_id
from core.kit.order import Orders
from core.mail.models import Mail as MailRow
from core.mail.models import MailAddress as AddressRow
from core.mail.models import Mailing as MailingRow
from core.mail.models import MailingAttachment as AttachmentRow
from core.mail.models import in_state
from core.mail.rules.states import OUT, MailingState, MailKind, MailReason, MailState
from core.roots import Query
from core.tenancy.models import User as UserRow

strawberry.enum(
    MailKind,
    description="Marketing goes to nobody who refuses it, and can be unsubscribed from.",
)
strawberry.enum(MailingState, description="How far a mailing has come.")
strawberry.enum(MailState, description="What has become of a mail.")
strawberry.enum(MailReason, description="Why a mail was skipped, or has failed.")

Creator = aliased(UserRow)
OWN = MailRow.mailing_id == MailingRow.id
ONES_OUT = in_state(*OUT)


def _recipient(type_: str | None, key: UUID | None) -> str | None:
    return None if type_ is None or key is None else global_id(type_, key)


def _unless_private(is_private: bool, said: str | None) -> str | None:
    return None if is_private else said


def _said(column: Any) -> Any:
    return computed(
        _unless_private,
        needs=[MailRow.is_private, column],
        description="As it was sent; null until it is, and of private mails.",
    )


def _count(*states: MailState) -> object:
    return select(func.count()).where(OWN, in_state(*states))


@strawberry.input(description="Which mails. All that is given must hold.")
class MailFilter(Filter):
    state: EnumFilter[MailState] | None = matching(MailRow.state)
    reason: EnumFilter[MailReason] | None = matching(MailRow.reason)
    kind: EnumFilter[MailKind] | None = matching(MailRow.kind)
    address: TextFilter | None = matching(MailRow.address)
    name: TextFilter | None = matching(MailRow.name)
    subject: TextFilter | None = matching(case((~MailRow.is_private, MailRow.subject)))
    contact: IdFilter | None = matching(MailRow.contact_id)
    mailing: IdFilter | None = matching(MailRow.mailing_id)
    queued_at: DateTimeFilter | None = matching(MailRow.queued_at)


MAIL_ORDERS = Orders(
    "Mail", queued_at=MailRow.queued_at, sent_at=MailRow.sent_at, address=MailRow.address_key
)


@strawberry.type(description="One mail to one recipient.")
class Mail(Node, table=MailRow, requires="mail.read"):
    kind: MailKind
    state: MailState
    reason: MailReason | None
    error: str | None = strawberry.field(description="What the mail server said, or what went on.")
    recipient_id: strawberry.ID | None = computed(
        _recipient,
        needs=[MailRow.recipient_type, MailRow.recipient_id],
        description="The person or contact it is to; null if it is to an address only.",
    )
    name: str | None = strawberry.field(description="Of the recipient.")
    address: str | None
    is_private: bool = strawberry.field(
        description="Whether what it says is its recipient's alone, such as a link to a file."
    )
    subject: str | None = _said(MailRow.subject)
    html: str | None = _said(MailRow.html)
    text: str | None = _said(MailRow.text)
    attempts: int = strawberry.field(description="How often it was tried to hand it over.")
    queued_at: datetime | None = strawberry.field(description="When somebody let it go.")
    sent_at: datetime | None = strawberry.field(description="When the mail server took it.")
    bounced_at: datetime | None
    unsubscribed_at: datetime | None = strawberry.field(
        description="When its recipient used the link in it."
    )
    contact: Contact | None = one(MailRow.contact_id)
    mailing: Mailing | None = one(MailRow.mailing_id)


def _job_id(key: UUID | None) -> str | None:
    return None if key is None else global_id("job", key)


@strawberry.type(description="One text to many: each gets a mail of their own.")
class Mailing(Node, table=MailingRow, requires="mail.read"):
    name: str
    kind: MailKind
    state: MailingState
    subject: str = strawberry.field(description="With its keywords, like `html` and `text`.")
    html: str | None
    text: str | None = strawberry.field(description="If null, it is made of the HTML.")
    language: str
    reply_to: str | None
    created_at: datetime
    created_by: str | None = value(
        select(Creator.name).where(Creator.id == MailingRow.created_by), "The name of the user."
    )
    started_at: datetime | None = strawberry.field(description="When somebody let it go.")
    finished_at: datetime | None
    job_id: strawberry.ID | None = computed(
        _job_id,
        needs=[MailingRow.job_id],
        description="The job that writes its recipients down, if they are many.",
    )
    version: int
    to_send_count: int = value(
        _count(MailState.DRAFT, MailState.QUEUED, MailState.SENDING),
        "How many are still to be written to: of a draft, what `confirmCount` must be.",
    )
    sent_count: int = value(_count(MailState.SENT), "How many the mail server has taken.")
    failed_count: int = value(_count(MailState.FAILED))
    bounced_count: int = value(_count(MailState.BOUNCED))
    unknown_count: int = value(
        _count(MailState.UNKNOWN),
        "Of how many nobody knows whether they arrived: `mailResend` sends one again.",
    )
    skipped_count: int = value(
        _count(MailState.SKIPPED), "How many are not written to; each says why."
    )
    recipients: FacetedConnection[Mail] = many(
        MailRow.mailing_id,
        order_by=[MailRow.position],
        filters=MailFilter,
        orders=MAIL_ORDERS,
        facets={"state": MailRow.state, "reason": MailRow.reason},
        description="Everybody who was meant, also those who are skipped.",
    )
    attachments: list[File] = many(
        AttachmentRow.mailing_id, to=AttachmentRow.file_id, order_by=[FileRow.filename], limit=10
    )


@strawberry.input(description="Which mailings. All that is given must hold.")
class MailingFilter(Filter):
    name: TextFilter | None = matching(MailingRow.name)
    kind: EnumFilter[MailKind] | None = matching(MailingRow.kind)
    state: EnumFilter[MailingState] | None = matching(MailingRow.state)
    created_at: DateTimeFilter | None = matching(MailingRow.created_at)


@strawberry.type(description="What is known of an address, whoever has it.")
class MailAddress(Node, table=AddressRow, requires="mail.read"):
    address: str = computed(str, needs=[AddressRow.address_key], description="In lower case.")
    bounced_at: datetime | None = strawberry.field(
        description="When a mail came back for good; until it is released, none go there."
    )
    diagnostic: str | None = strawberry.field(description="What the other mail server said.")
    opted_out_at: datetime | None = strawberry.field(
        description="When its owner unsubscribed, if it is the address of a contact."
    )


@extend(requires="mail.read")
class ContactMails(Contact):
    mails: FacetedConnection[Mail] = many(
        MailRow.contact_id,
        where=ONES_OUT,
        order_by=[MailRow.queued_at.desc()],
        filters=MailFilter,
        orders=MAIL_ORDERS,
        along_tree=ContactClosure,
        facets={"state": MailRow.state, "kind": MailRow.kind},
        description="What was sent to it and its persons, or is about to be, newest first.",
    )


@extend(requires="mail.read")
class MailQueries(Query):
    mail: Mail = by_id(MailRow, "A mail. Unknown ids are an error: `NOT_FOUND`.")
    mails: FacetedConnection[Mail] = everything(
        MailRow,
        where=ONES_OUT,
        order_by=[MailRow.queued_at.desc()],
        filters=MailFilter,
        orders=MAIL_ORDERS,
        facets={"state": MailRow.state, "kind": MailRow.kind},
        description="What was sent, or is about to be, newest first.",
    )
    mailing: Mailing = by_id(MailingRow)
    mailings: Connection[Mailing] = everything(
        MailingRow, order_by=[MailingRow.created_at.desc()], filters=MailingFilter
    )
    mail_addresses: Connection[MailAddress] = everything(
        AddressRow,
        order_by=[AddressRow.address_key],
        description="Addresses to which not everything goes any more.",
    )
