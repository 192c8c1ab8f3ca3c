"""What templates may say of a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from core.kit.keywords import KeywordSource, Words
from core.kit.session import TenantSession
from plugins.people.models import Person

WORDS = {
    "title": "Form of address.",
    "first_name": "First name.",
    "last_name": "Last name.",
    "full_name": "First and last name, else the e-mail address.",
    "email": "E-mail address.",
    "position": "What they do.",
    "department": "Where they work.",
    "mobile": "Mobile number, as it was typed.",
    "landline": "Landline number, as it was typed.",
}


async def _read(
    session: TenantSession, keys: Sequence[UUID], language: str
) -> Mapping[UUID, Words]:
    persons = await session.scalars(select(Person).where(Person.id.in_(keys)))
    return {person.id: {word: getattr(person, word) for word in WORDS} for person in persons}


SOURCES = [KeywordSource("person", "person", "people.read", WORDS, _read, "a person")]
