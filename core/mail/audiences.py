"""Contacts as recipients: their own address, where nobody is in front of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select

from core.contacts.models import Contact
from core.kit.audiences import Audience, Recipient
from core.kit.session import TenantSession
from core.mail.models import MailAddress

CONTACT = "contact"


async def _read(
    session: TenantSession, keys: Sequence[UUID], marketing: bool
) -> Mapping[UUID, Recipient]:
    opted_out = MailAddress.opted_out_at.is_not(None)
    rows = await session.execute(
        select(Contact.id, Contact.name, Contact.email, opted_out)
        .outerjoin(MailAddress, MailAddress.address_key == func.lower(Contact.email))
        .where(Contact.id.in_(keys))
    )
    return {
        key: Recipient(
            key, key, name, address, refusal="OPTED_OUT" if marketing and refused else None
        )
        for key, name, address, refused in rows
    }


AUDIENCES = [Audience(CONTACT, "contacts.read", _read)]
