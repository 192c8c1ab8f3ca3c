"""Tables of mails."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Index,
    UniqueConstraint,
    Uuid,
    literal_column,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, Stamped, TenantOwned, Versioned, belongs_to
from core.kit.ids import new_id
from core.mail.rules.states import MailState

_QUEUED, _SENDING = text("state = 'QUEUED'"), text("state = 'SENDING'")


class MailTemplate(Entity, Versioned, Base):
    """A subject and a text with keywords in them."""

    __tablename__ = "core_mail_template"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "name_key",
            info={"refused": ("NAME_TAKEN", "There is already a template of that name.", "name")},
        ),
    )

    name: Mapped[str]
    #: The name as it sorts: lower case, without accents.
    name_key: Mapped[str]
    subject: Mapped[str]
    html: Mapped[str | None]
    #: If there is none, it is made of the HTML.
    text: Mapped[str | None]
    #: ISO 639-1: fr or en.
    language: Mapped[str]


class Mailing(Entity, Versioned, Base):
    """One text to many: each gets a mail of their own. What it says is a copy of its own, too."""

    __tablename__ = "core_mailing"
    __table_args__ = (Index(None, "tenant_id", "created_at", "id"),)

    name: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    subject: Mapped[str]
    html: Mapped[str | None]
    text: Mapped[str | None]
    language: Mapped[str]
    reply_to: Mapped[str | None]
    #: What else it is about, for keywords: ids by what they begin with.
    about: Mapped[dict[str, Any]]
    started_at: Mapped[datetime | None]
    started_by: Mapped[UUID | None]
    finished_at: Mapped[datetime | None]
    #: The job that writes its recipients down; null if it was done at once.
    job_id: Mapped[UUID | None]


class MailingChoice(TenantOwned, Base):
    """Some of those whom a mailing is for, as they were chosen, until they are written down."""

    __tablename__ = "core_mailing_choice"
    __table_args__ = (belongs_to("mailing_id", "core_mailing", ondelete="CASCADE"),)

    mailing_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    #: How their global ids begin; of contacts, whoever is in front of them is meant.
    chosen_type: Mapped[str]
    keys: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))


class MailingAttachment(TenantOwned, Base):
    __tablename__ = "core_mailing_attachment"
    __table_args__ = (
        belongs_to("mailing_id", "core_mailing", ondelete="CASCADE"),
        belongs_to("file_id", "core_file"),
    )

    mailing_id: Mapped[UUID] = mapped_column(primary_key=True)
    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]


class Mail(TenantOwned, Base):
    """One mail to one recipient, from the day the recipients were frozen on."""

    __tablename__ = "core_mail"
    __table_args__ = (
        belongs_to("mailing_id", "core_mailing", ondelete="CASCADE"),
        belongs_to("contact_id", "core_contact"),
        # Nobody is written to twice by one mailing, whatever happens to their address meanwhile.
        Index(
            "uq_core_mail_address_of_mailing",
            "tenant_id",
            "mailing_id",
            "address_key",
            unique=True,
            postgresql_where=text("state <> 'SKIPPED'"),
        ),
        Index(None, "tenant_id", "mailing_id", "state", "position"),
        Index(None, "tenant_id", "contact_id", "queued_at", "id"),
        Index(None, "tenant_id", "queued_at", "id"),
        Index(
            "ix_core_mail_queued",
            "tenant_id",
            "mailing_id",
            "next_at",
            "position",
            "id",
            postgresql_where=_QUEUED,
        ),
        Index("ix_core_mail_sending", "tenant_id", "next_at", postgresql_where=_SENDING),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: Null: a mail of its own.
    mailing_id: Mapped[UUID | None]
    kind: Mapped[str]
    #: Who it goes to: the beginning of their global id, and their key.
    recipient_type: Mapped[str | None]
    recipient_id: Mapped[UUID | None]
    contact_id: Mapped[UUID | None]
    position: Mapped[int]
    name: Mapped[str | None]
    address: Mapped[str | None]
    #: In lower case.
    address_key: Mapped[str | None]
    language: Mapped[str]
    state: Mapped[str]
    #: Why it was skipped or has failed, as a code; ``error`` says it in words.
    reason: Mapped[str | None]
    error: Mapped[str | None]
    #: Whether what it says is its recipient's alone: links that open files, alerts.
    is_private: Mapped[bool] = mapped_column(server_default="false", default=False)
    #: What was sent; null until it is.
    subject: Mapped[str | None]
    html: Mapped[str | None]
    text: Mapped[str | None]
    reply_to: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    #: Who sends it right now; until ``next_at``, nobody else may.
    claim: Mapped[UUID | None]
    next_at: Mapped[datetime | None]
    #: When the mail server was about to be given it: from then on, it may have arrived.
    begun_at: Mapped[datetime | None]
    queued_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    unsubscribed_at: Mapped[datetime | None]


def in_state(*states: MailState) -> ColumnElement[bool]:
    """Whether a mail is in one of *states*, so that indexes by state are used."""
    return or_(*(Mail.state == state.value for state in states))


def is_(state: MailState) -> ColumnElement[bool]:
    """As the indexes of what is to be sent say it: see :func:`not_skipped`."""
    return Mail.state == literal_column(f"'{state.value}'")


def not_skipped() -> ColumnElement[bool]:
    """As the index of addresses says it: with a parameter, a plan that is kept can't use that."""
    return Mail.state != literal_column("'SKIPPED'")


class MailAddress(Entity, Stamped, Base):
    """What is known of an address: that mails to it come back, that its owner wants no more."""

    __tablename__ = "core_mail_address"
    __table_args__ = (UniqueConstraint("tenant_id", "address_key"),)

    #: In lower case.
    address_key: Mapped[str]
    bounced_at: Mapped[datetime | None]
    #: What the other server said.
    diagnostic: Mapped[str | None]
    #: Of addresses of contacts; persons have a switch of their own.
    opted_out_at: Mapped[datetime | None]


class MailPace(TenantOwned, Base):
    """When a tenant's next mail may go; locked while one is taken, so that none go at once."""

    __tablename__ = "core_mail_pace"

    next_at: Mapped[datetime]
    #: How often in a row the mail server could not be reached.
    failures: Mapped[int] = mapped_column(server_default="0")


class MailboxMail(TenantOwned, Base):
    """A mail as it arrived in the development mailbox, instead of anywhere else."""

    __tablename__ = "core_mailbox_mail"
    __table_args__ = (
        belongs_to("mail_id", "core_mail", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "message_id"),
        Index(None, "tenant_id", "received_at", "id"),
        Index(None, "tenant_id", "mail_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: The header Message-ID: a mail that comes again is the same.
    message_id: Mapped[str]
    mail_id: Mapped[UUID | None]
    received_at: Mapped[datetime]
    sender: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str]
    headers: Mapped[str]
    html: Mapped[str | None]
    text: Mapped[str | None]
    #: The names of the files that came with it.
    attachments: Mapped[list[str]]
