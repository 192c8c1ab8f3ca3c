"""Persons. Whoever changes which of them is primary holds their contact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import inspect, select

from core.contacts.models import Contact
from core.contacts.rules import e164
from core.custom_fields.typed import Given
from core.custom_fields.values import put_values, release_files
from core.kit.errors import NotFound, Refused
from core.kit.session import TenantSession, check_version
from core.tenancy.models import Tenant
from plugins.people import rules
from plugins.people.custom import PERSONS
from plugins.people.events import PersonChanged, PersonCreated, PersonDeleted, PrimaryChanged
from plugins.people.models import Person

Warned = tuple[Person, list[Refused]]


async def create(
    session: TenantSession,
    contact_id: UUID | None = None,
    custom: Sequence[Given] = (),
    **given: Any,
) -> Warned:
    """Add a person; the first of a contact is its primary one."""
    kept, warnings = await _kept(session, given)
    person = Person(**kept, name_key=_name_key(kept), contact_id=contact_id)
    if contact_id is not None:
        await hold(session, contact_id)
        person.is_primary = not await _has_persons(session, contact_id)
    session.add(person)
    await session.flush()
    await session.tell(PersonCreated(person.id, contact_id))
    if contact_id is not None and person.is_primary:
        await session.tell(PrimaryChanged(contact_id, None, person.id))
    if custom:
        await put_values(session, PERSONS, person, custom)
    return person, warnings


async def update(
    session: TenantSession,
    key: UUID,
    version: int | None,
    custom: Sequence[Given] = (),
    **given: Any,
) -> Warned:
    """Change what is known of a person; where they belong is changed by a move."""
    person = await session.find(Person, key, "person", field="id", lock=bool(custom))
    check_version(person, version)
    rules.known(person.erased_at)
    kept, warnings = await _kept(session, given)
    if custom:
        await put_values(session, PERSONS, person, custom)
    for name, value in kept.items():
        setattr(person, name, value)
    person.name_key = _name_key(vars(person))
    state = inspect(person)
    changed = [name for name in kept if state.attrs[name].history.has_changes()]
    if changed:
        await session.flush()
        await session.tell(PersonChanged(person.id, person.contact_id, ",".join(changed)))
    return person, warnings


async def delete(session: TenantSession, key: UUID, version: int | None) -> UUID:
    """Take a person away; if it was the primary one, the oldest other takes its place."""
    person = await _held(session, key, version)
    contact_id, was_primary = person.contact_id, person.is_primary
    await release_files(session, PERSONS, key)
    await session.delete(person)
    await session.flush()
    await session.tell(PersonDeleted(key, contact_id))
    if contact_id is not None and was_primary:
        await promote_oldest(session, contact_id, key)
    return key


async def make_primary(session: TenantSession, key: UUID, version: int | None) -> Person:
    """Make a person the primary one of its contact, in place of who is."""
    person = await _held(session, key, version)
    rules.known(person.erased_at)
    if person.contact_id is None:
        raise Refused(
            "PERSON_UNATTACHED", "A person without a contact is the primary one of nobody.", "id"
        )
    if person.is_primary:
        return person
    before = await session.scalar(
        select(Person)
        .where(Person.contact_id == person.contact_id, Person.is_primary)
        .with_for_update()
    )
    if before is not None:
        before.is_primary = False
        await session.flush()  # first: the index allows no two of them, not even for a moment
    person.is_primary = True
    await session.flush()
    await session.tell(PrimaryChanged(person.contact_id, before.id if before else None, person.id))
    return person


async def move(
    session: TenantSession, key: UUID, contact_id: UUID | None, version: int | None
) -> Person:
    """Put a person at another contact, or at none; both contacts keep a primary one."""
    person = await _held(session, key, version, contact_id)
    rules.known(person.erased_at)
    left, was_primary = person.contact_id, person.is_primary
    if contact_id == left:
        return person
    person.is_primary = contact_id is not None and not await _has_persons(session, contact_id)
    person.contact_id = contact_id
    await session.flush()
    await session.tell(PersonChanged(person.id, contact_id, "contact_id"))
    if left is not None and was_primary:
        await promote_oldest(session, left, key)
    if contact_id is not None and person.is_primary:
        await session.tell(PrimaryChanged(contact_id, None, person.id))
    return person


async def hold(session: TenantSession, *contact_ids: UUID | None) -> None:
    """Let nobody else change the persons of these contacts until this transaction ends.

    In the order of their ids, so that two who hold the same contacts don't wait for each other.
    What only refers to a contact isn't kept waiting.
    """
    wanted = {key for key in contact_ids if key is not None}
    found = await session.scalars(
        select(Contact.id)
        .where(Contact.id.in_(wanted))
        .order_by(Contact.id)
        .with_for_update(key_share=True)
    )
    for missing in wanted - set(found):
        raise NotFound("contact", missing, "contactId")


async def hold_with_contact(session: TenantSession, key: UUID) -> None:
    """Hold a person's contact, then the person, if there are any.

    In the order that all keep to: who has one of both never waits for somebody who has the other.
    """
    belongs = select(Person.contact_id).where(Person.id == key)
    held = await session.scalar(belongs)
    if held is not None:
        await hold(session, held)
    now = await session.scalar(belongs.with_for_update())
    if now not in (None, held):  # somebody moved them between the two
        await hold(session, now)


async def _held(
    session: TenantSession, key: UUID, version: int | None, *contact_ids: UUID | None
) -> Person:
    """A person as it is once its contact, and those named, are held."""
    contact_id = (await session.find(Person, key, "person", field="id")).contact_id
    await hold(session, contact_id, *contact_ids)
    person = await session.scalar(
        select(Person)
        .where(Person.id == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if person is None:
        raise NotFound("person", key, "id")
    check_version(person, version)
    if person.contact_id != contact_id:
        raise Refused("STALE_VERSION", "Somebody moved this person a moment ago.", "version")
    return person


async def _has_persons(session: TenantSession, contact_id: UUID) -> bool:
    found = await session.scalar(select(Person.id).where(Person.contact_id == contact_id).limit(1))
    return found is not None


async def promote_oldest(session: TenantSession, contact_id: UUID, old: UUID) -> None:
    oldest = await session.scalar(
        select(Person)
        .where(Person.contact_id == contact_id)
        .order_by(Person.created_at, Person.id)
        .limit(1)
        .with_for_update()
    )
    if oldest is not None:
        oldest.is_primary = True
        await session.flush()
    await session.tell(PrimaryChanged(contact_id, old, oldest.id if oldest else None))


async def _kept(
    session: TenantSession, given: dict[str, Any]
) -> tuple[dict[str, Any], list[Refused]]:
    """The given fields as the table has them, and what is doubtful about them."""
    kept, warnings = rules.checked(given), []
    for field in ("mobile", "landline"):
        if field not in kept:
            continue
        number = kept[field]
        kept[f"{field}_e164"] = number and e164(number, await _country(session))
        if number and kept[f"{field}_e164"] is None:
            warnings.append(
                Refused(
                    "PHONE_UNREADABLE",
                    f"'{number}' is kept as it is, but it is not a phone number.",
                    field,
                )
            )
    return kept, warnings


def _name_key(of: dict[str, Any]) -> str:
    return rules.name_key(of.get("first_name"), of.get("last_name"), of.get("email"))


async def _country(session: TenantSession) -> str:
    found = await session.scalar(select(Tenant.country).where(Tenant.id == session.tenant_id))
    assert found is not None  # the session is one of that tenant
    return found
