"""Which persons may be written to, and who is written to when a contact is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from core.kit.audiences import Audience, Recipient
from core.kit.session import TenantSession
from plugins.people.models import Person

PERSON = "person"


async def _read(
    session: TenantSession, keys: Sequence[UUID], marketing: bool
) -> Mapping[UUID, Recipient]:
    rows = await session.execute(
        # As columns: of fifty thousand, objects would take several seconds.
        select(
            Person.id,
            Person.contact_id,
            Person.full_name,
            Person.email,
            Person.language,
            Person.consent_status,
            Person.receives_marketing,
        ).where(Person.id.in_(keys), Person.erased_at.is_(None))
    )
    return {
        key: Recipient(
            key, contact, name, email, language, _forbidden(said, wants) if marketing else None
        )
        for key, contact, name, email, language, said, wants in rows
    }


def _forbidden(consent_status: str, receives_marketing: bool) -> str | None:
    """Why a person gets no marketing: what they refused weighs more than a switch."""
    if consent_status == "REFUSED":
        return "REFUSED"
    return None if receives_marketing else "OPTED_OUT"


async def _primary(session: TenantSession, contacts: Sequence[UUID]) -> Mapping[UUID, UUID]:
    rows = await session.execute(
        select(Person.contact_id, Person.id).where(
            Person.contact_id.in_(contacts), Person.is_primary
        )
    )
    return {contact: person for contact, person in rows if contact is not None}


AUDIENCES = [Audience(PERSON, "people.read", _read, _primary)]
