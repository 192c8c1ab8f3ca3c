"""Contacts are archived and brought back; none is ever deleted."""

from __future__ import annotations

from uuid import UUID

from core.contacts import rules
from core.contacts.events import ContactArchived, ContactArchiving, ContactUnarchived
from core.contacts.models import Contact
from core.kit.errors import Refused
from core.kit.session import TenantSession, check_version


async def archive_contact(
    session: TenantSession,
    contact_id: UUID,
    *,
    reason: str | None = None,
    force: bool = False,
    version: int | None = None,
) -> Contact:
    """Put a contact away, unless a module has something open with it. Those below it stay."""
    contact = await session.find(Contact, contact_id, "contact", field="id", lock=True)
    check_version(contact, version)
    reason = rules.text(reason, "reason")
    if force and reason is None:
        raise Refused("REASON_MISSING", "Say why it is archived all the same.", "reason")
    if contact.archived_at is not None:
        raise Refused("ALREADY_ARCHIVED", f"'{contact.name[:80]}' is archived already.", "id")
    await session.tell(ContactArchiving(contact.id, force))
    contact.archived_at, contact.archive_reason = session.now, reason
    await session.flush()
    await session.tell(ContactArchived(contact.id, reason))
    return contact


async def unarchive_contact(
    session: TenantSession, contact_id: UUID, version: int | None = None
) -> Contact:
    contact = await session.find(Contact, contact_id, "contact", field="id", lock=True)
    check_version(contact, version)
    if contact.archived_at is None:
        raise Refused("NOT_ARCHIVED", f"'{contact.name[:80]}' is not archived.", "id")
    contact.archived_at = contact.archive_reason = None
    await session.flush()
    await session.tell(ContactUnarchived(contact.id))
    return contact
