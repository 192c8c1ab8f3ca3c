"""What happens to mails."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.kit.events import Event


@dataclass(frozen=True)
class MailUnsubscribed(Event, name="core.mail_unsubscribed"):
    """Somebody wants no more marketing mails; whoever knows them keeps that in mind."""

    mail_id: UUID
    #: How the global id of the recipient begins: person, contact.
    recipient_type: str | None
    recipient_id: UUID | None
    contact_id: UUID | None
    address: str


@dataclass(frozen=True)
class MailBounced(Event, name="core.mail_bounced"):
    """A mail came back. If it was for good, nothing goes to the address any more."""

    mail_id: UUID
    recipient_type: str | None
    recipient_id: UUID | None
    contact_id: UUID | None
    address: str
    for_good: bool
