"""Who a person is to those who look for them: names, addresses and numbers, today's and former."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, func, literal, select

from core.contacts.rules import e164
from core.jobs.models import Job
from core.kit.errors import NotFound
from core.kit.keys import sort_key
from core.kit.mentions import FEWEST_DIGITS, Mentions, worth_looking_for
from core.kit.personal import Subject
from core.kit.session import TenantSession
from core.kit.tables import AuditEntry
from core.tenancy.models import Tenant, User
from plugins.people import rules
from plugins.people.models import Erasure, Person, PersonSearch

PERSON = "person"
#: What the audit log keeps of who somebody was.
_LOGGED = ("first_name", "last_name", "email", "mobile", "landline")


@dataclass(frozen=True)
class Known:
    """A person, perhaps a deleted one, and by what they are found."""

    subject: Subject
    #: Null if they were deleted; the audit log still says who they were.
    person: Person | None
    full_name: str
    language: str | None
    #: What can't be looked for, as codes of ``rules.erasures.REMARKS``.
    remarks: tuple[str, ...]


async def known(session: TenantSession, key: UUID, also_named: Sequence[str] = ()) -> Known:
    """The person with that id, as they are and as the audit log has them."""
    person = await session.scalar(select(Person).where(Person.id == key))
    erased = select(Erasure.erased_at).where(Erasure.person_id == key)
    if (at := await session.scalar(erased)) is not None:
        rules.known(at)
    said = await _said(session, key)
    if person is None and not any(said.values()):
        raise NotFound("person", key, "id")
    names = _names(said)
    addresses = tuple(dict.fromkeys(each.lower() for each in said["email"]))
    numbers = await _numbers(session, said)
    remarks: list[str] = []
    full_names = worth_looking_for(names)
    if not full_names:
        remarks.append("NAME_TOO_SHORT")
    if full_names and await _are_others(session, key, said):
        full_names, remarks = (), [*remarks, "NAME_SHARED"]
    own = tuple([each for each in addresses if not await _is_others(session, key, each)])
    if own != addresses:
        remarks.append("ADDRESS_SHARED")
    apart = tuple([each for each in numbers if not await _calls_others(session, key, each)])
    if apart != numbers:
        remarks.append("NUMBER_SHARED")
    if await _exports(session):
        remarks.append("EXPORTS_EXPIRE")
    locale = await session.scalar(select(Tenant.locale).where(Tenant.id == session.tenant_id))
    pseudonym = rules.pseudonym(key, locale)
    mentions = Mentions(pseudonym, (*full_names, *also_named), own, apart)
    full_name = person.full_name if person is not None else names[0] if names else addresses[0]
    language = person.language if person is not None else None
    subject = Subject(PERSON, key, Person.__tablename__, pseudonym, own, mentions)
    return Known(subject, person, full_name, language or locale, tuple(remarks))


async def _said(session: TenantSession, key: UUID) -> dict[str, list[str]]:
    """All that each column has ever held, what it held last first."""
    found: dict[str, dict[str, None]] = {name: {} for name in _LOGGED}
    person = await session.scalar(select(Person).where(Person.id == key))
    for name in _LOGGED if person is not None else ():
        _add(found[name], [getattr(person, name)])
    entries = await session.scalars(
        select(AuditEntry.changes)
        .where(AuditEntry.row_type == Person.__tablename__, AuditEntry.row_id == key)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )
    for changes in entries:
        for name in found.keys() & changes.keys():
            _add(found[name], reversed(changes[name]))
    return {name: list(values) for name, values in found.items()}


def _add(found: dict[str, None], values: Iterable[Any]) -> None:
    found.update(dict.fromkeys(value for value in values if isinstance(value, str) and value))


def _names(said: dict[str, list[str]]) -> list[str]:
    """Each first name with each last name, in either order."""
    firsts, lasts = said["first_name"], said["last_name"]
    pairs = list(product(firsts, lasts))
    both = [f"{one} {other}" for pair in pairs for one, other in (pair, pair[::-1])]
    return list(dict.fromkeys(both or [*lasts, *firsts]))


async def _numbers(session: TenantSession, said: dict[str, list[str]]) -> tuple[str, ...]:
    """The numbers as they are dialled at home and abroad, as the search has them."""
    typed = [*said["mobile"], *said["landline"]]
    e164 = [number for each in typed if (number := await _e164(session, each)) is not None]
    words = await session.scalar(
        select(func.people_numbers(literal(typed, ARRAY(Text)), literal(e164, ARRAY(Text))))
    )
    return tuple(word for word in (words or "").split() if len(word) >= FEWEST_DIGITS)


async def _e164(session: TenantSession, number: str) -> str | None:
    country = await session.scalar(select(Tenant.country).where(Tenant.id == session.tenant_id))
    return e164(number, country or "FR")


async def _are_others(session: TenantSession, key: UUID, said: dict[str, list[str]]) -> bool:
    """Whether another person, or a user, is called so too."""
    both = product(said["first_name"], said["last_name"])
    keys = [sort_key(f"{last} {first}") for first, last in both]
    another = select(Person.id).where(Person.name_key.in_(keys), Person.id != key).limit(1)
    if await session.scalar(another) is not None:
        return True
    names = select(User.name).where(User.tenant_id == session.tenant_id)
    users = {sort_key(name) for name in await session.scalars(names)}
    return not users.isdisjoint(map(sort_key, _names(said)))


async def _is_others(session: TenantSession, key: UUID, address: str) -> bool:
    another = select(PersonSearch.person_id).where(
        PersonSearch.email == address, PersonSearch.person_id != key
    )
    user = select(User.id).where(func.lower(User.login) == address)
    return (
        await session.scalar(another.limit(1)) is not None
        or await session.scalar(user.limit(1)) is not None
    )


async def _calls_others(session: TenantSession, key: UUID, number: str) -> bool:
    another = select(PersonSearch.person_id).where(
        PersonSearch.numbers.contains(f" {number} ", autoescape=True),
        PersonSearch.person_id != key,
    )
    return await session.scalar(another.limit(1)) is not None


async def _exports(session: TenantSession) -> bool:
    """Whether lists were written to files that are still there."""
    kept = select(Job.id).where(Job.kind == "core.export", Job.file_id.is_not(None))
    return await session.scalar(kept.limit(1)) is not None
