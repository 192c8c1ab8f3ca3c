"""Mails as lines of a spreadsheet: the list of them, without what they say."""

from __future__ import annotations

from sqlalchemy import case, select

from core.contacts.sheets import of_contact
from core.kit.sheets import Column, Kind, Sheet
from core.mail.models import Mail, Mailing
from core.mail.schema.mails import MAIL_ORDERS, ONES_OUT, MailFilter

MAILS = Sheet(
    name="mails",
    french="Courriers",
    english="Mails",
    model=Mail,
    requires="mail.read",
    columns=(
        Column("address", "Adresse", "Address", Mail.address),
        Column("name", "Destinataire", "Recipient", Mail.name),
        *of_contact(Mail.contact_id),
        # Of a private mail, what it says is its recipient's alone.
        Column("subject", "Objet", "Subject", case((~Mail.is_private, Mail.subject))),
        Column(
            "mailing",
            "Envoi groupé",
            "Mailing",
            select(Mailing.name).where(Mailing.id == Mail.mailing_id),
            paths=("mailing.name",),
        ),
        Column("kind", "Nature", "Kind", Mail.kind),
        Column("state", "État", "State", Mail.state),
        Column("reason", "Motif", "Reason", Mail.reason),
        Column("error", "Erreur", "Error", Mail.error),
        Column("attempts", "Tentatives", "Attempts", Mail.attempts, Kind.NUMBER),
        Column("queuedAt", "Mis en file le", "Queued at", Mail.queued_at, Kind.INSTANT),
        Column("sentAt", "Envoyé le", "Sent at", Mail.sent_at, Kind.INSTANT),
        Column("bouncedAt", "Retourné le", "Bounced at", Mail.bounced_at, Kind.INSTANT),
        Column(
            "unsubscribedAt", "Désinscrit le", "Unsubscribed at", Mail.unsubscribed_at, Kind.INSTANT
        ),
    ),
    order_by=[Mail.queued_at.desc()],
    filters=MailFilter,
    orders=MAIL_ORDERS,
    where=ONES_OUT,
)  # fmt: skip
