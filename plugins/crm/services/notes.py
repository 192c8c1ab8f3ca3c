"""Notes and their types."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.contacts.models import Contact
from core.contacts.rules import name as named
from core.kit.keys import sort_key
from core.kit.session import TenantSession, check_version
from core.kit.text import checked
from plugins.crm import rules
from plugins.crm.models import Note, NoteCounter, NoteType
from plugins.crm.services.owners import owner_of

SUBJECT_LENGTH = 200
TEXT_LENGTH = 10_000


async def create_type(session: TenantSession, name: str) -> NoteType:
    """Add a type; its name may differ from another's by more than case and accents."""
    type_ = NoteType(name=named(name), name_key=sort_key(name))
    session.add(type_)
    await session.flush()
    return type_


async def rename_type(
    session: TenantSession, key: UUID, name: str, version: int | None = None
) -> NoteType:
    type_ = await session.find(NoteType, key, "note type", field="id")
    check_version(type_, version)
    type_.name, type_.name_key = named(name), sort_key(name)
    return type_


async def ensure_type(session: TenantSession, name: str) -> NoteType:
    """The type of that name, made on first use."""
    found: NoteType | None = await session.scalar(
        select(NoteType).where(NoteType.name_key == sort_key(name))
    )
    return found or await create_type(session, name)


async def create(
    session: TenantSession,
    contact_id: UUID,
    type_id: UUID,
    subject: str,
    text: str | None = None,
    due_date: date | None = None,
    about: str | None = None,
    **owner: UUID | None,
) -> Note:
    """Write a note to a contact's file; without another *owner_id* it is the writer's.

    *about* is the global id of something of the contact's.
    """
    said = rules.text(subject, "subject", SUBJECT_LENGTH)
    more = checked(text, "text", TEXT_LENGTH, lines=True)
    contact = await session.find(Contact, contact_id, "contact", field="contactId")
    type_ = await session.find(NoteType, type_id, "note type", field="typeId")
    owner_id = await owner_of(session, owner)
    note = Note(
        contact_id=contact.id,
        type_id=type_.id,
        reference=rules.reference(await _next_number(session)),
        subject=said,
        text=more,
        status="OPEN",
        due_date=due_date,
        owner_id=owner_id,
        about=about,
    )
    session.add(note)
    await session.flush()
    return note


async def update(
    session: TenantSession, key: UUID, version: int | None = None, **changes: Any
) -> Note:
    """Change what a note says, when it is due or whose it is; its reference stays."""
    note = await session.find(Note, key, "note", field="id")
    check_version(note, version)
    if "subject" in changes:
        note.subject = rules.text(changes["subject"], "subject", SUBJECT_LENGTH)
    if "text" in changes:
        note.text = checked(changes["text"], "text", TEXT_LENGTH, lines=True)
    if changes.get("type_id") is not None:
        type_ = await session.find(NoteType, changes["type_id"], "note type", field="typeId")
        note.type_id = type_.id
    for plain in ("due_date", "about"):
        if plain in changes:
            setattr(note, plain, changes[plain])
    if "owner_id" in changes:
        note.owner_id = await owner_of(session, changes)
    return note


async def set_status(
    session: TenantSession, key: UUID, status: str, version: int | None = None
) -> Note:
    """Complete, cancel or reopen a note."""
    note = await session.find(Note, key, "note", field="id")
    check_version(note, version)
    note.status = rules.step(rules.NOTE_STEPS, note.status, status)
    return note


async def _next_number(session: TenantSession) -> int:
    """The next number of the tenant; one that is undone gives it back."""
    first = insert(NoteCounter).values(tenant_id=session.tenant_id, last=1)
    taken = first.on_conflict_do_update(
        index_elements=[NoteCounter.tenant_id], set_={"last": NoteCounter.last + 1}
    ).returning(NoteCounter.last)
    number = await session.scalar(taken)
    assert number is not None  # both ways return a row
    return number
