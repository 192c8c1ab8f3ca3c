"""What core holds on persons: mails, attachments, and what they were answered."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, and_, case, func, literal, or_, select

from core.attachments.models import Attachment
from core.contacts.models import Contact
from core.kit.activity import PersonActivity
from core.kit.personal import PersonalData, Said, Subject, Treatment
from core.kit.tables import IdempotencyKey
from core.mail.models import Mail, MailAddress, MailboxMail, Mailing
from core.personal import imports

_NOBODY = Said(
    "Ne concerne plus personne.",
    "It is about nobody any more.",
)


def _mails(subject: Subject) -> ColumnElement[bool]:
    """What was sent to them, and what was sent to their address without saying to whom."""
    own = and_(Mail.recipient_type == subject.of, Mail.recipient_id == subject.key)
    to_address = and_(Mail.recipient_type.is_(None), Mail.address_key.in_(subject.addresses))
    return or_(own, to_address)


def _mailbox(subject: Subject) -> ColumnElement[bool]:
    """As headers write it: the address, or the name and the address in angles."""
    written = [f"%<{address}>" for address in subject.addresses]
    to = func.lower(MailboxMail.recipient)
    return or_(to.in_(subject.addresses), to.like(func.any(literal(written, ARRAY(Text)))))


def _blank_mail(subject: Subject) -> dict[str, Any]:
    return {
        "name": subject.pseudonym, "address": None, "address_key": None, "subject": None,
        "html": None, "text": None, "error": None, "reply_to": None,
        "state": _unsent("SKIPPED", Mail.state), "reason": _unsent("GONE", Mail.reason),
    }  # fmt: skip


def _unsent(becomes: str, column: Any) -> Any:
    """What waits to be sent never is."""
    return case((Mail.state.in_(("DRAFT", "QUEUED")), becomes), else_=column)


def _for_them_only(subject: Subject) -> ColumnElement[bool]:
    """A text that went, or was to go, to nobody else says what it says to them."""
    to = select(Mail.id).where(Mail.mailing_id == Mailing.id, Mail.tenant_id == Mailing.tenant_id)
    own = and_(Mail.recipient_type == subject.of, Mail.recipient_id == subject.key)
    return and_(to.where(own).exists(), ~to.where(~own).exists())


DATA = [
    PersonalData(
        Mail,
        Said("E-mails envoyés à la personne", "Mails that were sent to the person"),
        _mails,
        Treatment.PSEUDONYMISED,
        Said(
            "Le fait et la date de l'envoi restent au dossier du contact; le destinataire et le "
            "texte sont effacés.",
            "That and when a mail went out stays in the contact's file; whom it went to and what "
            "it said are erased.",
        ),
        shows={
            "kind": Said("Nature", "Kind"),
            "name": Said("Destinataire", "Recipient"),
            "address": Said("Adresse", "Address"),
            "state": Said("État", "State"),
            "subject": Said("Objet", "Subject"),
            "text": Said("Texte", "Text"),
            "sent_at": Said("Envoyé le", "Sent at"),
            "bounced_at": Said("Revenu le", "Bounced at"),
            "unsubscribed_at": Said("Désabonnement le", "Unsubscribed at"),
        },
        becomes=_blank_mail,
    ),
    PersonalData(
        Mailing,
        Said("Envois destinés à la personne seule", "Mailings to the person alone"),
        _for_them_only,
        Treatment.PSEUDONYMISED,
        Said("Le texte est effacé.", "The text is erased."),
        shows={
            "name": Said("Nom", "Name"),
            "subject": Said("Objet", "Subject"),
            "text": Said("Texte", "Text"),
            "created_at": Said("Préparé le", "Prepared at"),
        },
        becomes=lambda subject: {
            "name": subject.pseudonym, "subject": subject.pseudonym, "html": None, "text": None,
            "reply_to": None,
        },
    ),
    PersonalData(
        MailAddress,
        Said("Adresses dont les e-mails reviennent", "Addresses that mails came back from"),
        lambda subject: MailAddress.address_key.in_(subject.addresses),
        Treatment.ERASED,
        _NOBODY,
        shows={
            "address_key": Said("Adresse", "Address"),
            "bounced_at": Said("Revenu le", "Bounced at"),
            "diagnostic": Said("Réponse du serveur", "What the server said"),
            "opted_out_at": Said("Opposition le", "Opted out at"),
        },
    ),
    PersonalData(
        MailboxMail,
        Said("Boîte aux lettres d'essai", "Development mailbox"),
        _mailbox,
        Treatment.ERASED,
        _NOBODY,
        shows={
            "received_at": Said("Reçu le", "Received at"),
            "subject": Said("Objet", "Subject"),
            "text": Said("Texte", "Text"),
        },
    ),
    PersonalData(
        Attachment,
        Said("Fichiers joints au sujet de la personne", "Files attached about the person"),
        lambda subject: Attachment.about == subject.identifier,
        Treatment.ERASED,
        _NOBODY,
        shows={
            "title": Said("Titre", "Title"),
            "created_at": Said("Joint le", "Attached at"),
        },
        file="file_id",
    ),
    imports.ROWS,
    PersonalData(
        IdempotencyKey,
        Said("Réponses gardées pour les demandes répétées", "Answers kept for repeated requests"),
        lambda subject: subject.mentions.among(IdempotencyKey.key, IdempotencyKey.answer),
        Treatment.ERASED,
        Said("Gardées un jour au plus.", "Kept for a day at most."),
    ),
    PersonalData(
        Contact,
        Said("Contacts qui portent ce nom", "Contacts of that name"),
        lambda subject: subject.mentions.among(Contact.name),
        Treatment.KEPT,
        Said(
            "Le nom d'un client est celui de ses documents comptables; renommez le contact s'il le "
            "faut.",
            "A customer's name is that of its accounting documents; rename the contact if need be.",
        ),
        shows={"name": Said("Nom", "Name")},
    ),
]  # fmt: skip
ACTIVITY = [
    PersonActivity(
        "ATTACHMENT",
        Attachment.created_at,
        lambda key, identifier, contact: Attachment.about == identifier,
    )
]
