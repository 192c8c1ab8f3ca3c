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
    persons = await session.scalars(
        select(Person)
        .where(Person.id.in_(keys), Person.erased_at.is_(None))
        .execution_options(populate_existing=True)
    )
    return {
        person.id: Recipient(
            person.id,
            person.contact_id,
            person.full_name,
            person.email,
            person.language,
            _forbidden(person) if marketing else None,
        )
        for person in persons
    }


def _forbidden(person: Person) -> str | None:
    """Why *person* gets no marketing: what they refused weighs more than a switch."""
    if person.consent_status == "REFUSED":
        return "REFUSED"
    return None if person.receives_marketing else "OPTED_OUT"


async def _primary(session: TenantSession, contacts: Sequence[UUID]) -> Mapping[UUID, UUID]:
    rows = await session.execute(
        select(Person.contact_id, Person.id).where(
            Person.contact_id.in_(contacts), Person.is_primary
        )
    )
    return {contact: person for contact, person in rows if contact is not None}


AUDIENCES = [Audience(PERSON, "people.read", _read, _primary)]
