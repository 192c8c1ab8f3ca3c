"""Flags: set, cleared, and told to whoever is about to deal with a contact."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from core.contacts.models import Contact
from core.kit.errors import Refused
from core.kit.session import TenantSession, check_version
from plugins.crm import rules
from plugins.crm.events import ContactFlagged, FlagCleared
from plugins.crm.models import EffectiveFlag, Flag


async def set_flag(
    session: TenantSession, contact_id: UUID, text: str, version: int | None = None
) -> Flag:
    """Flag a contact, or say something else by the flag it has."""
    said = rules.text(text, "text", 500, lines=True)
    await session.find(Contact, contact_id, "contact", field="contactId")
    flag = await _flag_of(session, contact_id)
    if flag is None:
        flag = Flag(contact_id=contact_id)
        session.add(flag)
    else:
        check_version(flag, version)
    flag.text, flag.set_at, flag.set_by = said, session.now, session.user_id
    await session.flush()
    await session.tell(ContactFlagged(contact_id, flag.id, said))
    return flag


async def clear_flag(
    session: TenantSession, contact_id: UUID, version: int | None = None
) -> Contact:
    """Take a contact's own flag away; those of its ancestors go on showing."""
    contact = await session.find(Contact, contact_id, "contact", field="contactId")
    flag = await _flag_of(session, contact_id)
    if flag is None:
        raise Refused("NOT_FLAGGED", "The contact has no flag of its own.", "contactId")
    check_version(flag, version)
    await session.delete(flag)
    await session.tell(FlagCleared(contact_id))
    return contact


async def warnings(session: TenantSession, contact_id: UUID) -> list[Refused]:
    """What must be known before dealing with a contact: its flags, the nearest first."""
    view = EffectiveFlag.c
    texts = await session.scalars(
        select(view.text)
        .where(view.tenant_id == session.tenant_id, view.contact_id == contact_id)
        .order_by(view.distance)
    )
    return [Refused("FLAGGED", text, "contactId") for text in texts]


async def _flag_of(session: TenantSession, contact_id: UUID) -> Flag | None:
    found: Flag | None = await session.scalar(select(Flag).where(Flag.contact_id == contact_id))
    return found
