"""Writing notes, and the list of their types."""

from __future__ import annotations

from datetime import date

import strawberry

from core.about import checked_about, named_about
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from plugins.crm.models import Note as NoteRow
from plugins.crm.schema.notes import Note, NoteType
from plugins.crm.services import flags, notes


@strawberry.input
class NoteCreateInput:
    contact_id: strawberry.ID
    type_id: strawberry.ID
    subject: str = strawberry.field(description="Up to 200 characters.")
    text: str | None = strawberry.field(default=None, description="Up to 10,000 characters.")
    due_date: date | None = None
    owner_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whoever writes it, unless it is said.",
    )
    about_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="What else it is about: a mission, a person, a document … of the contact's, "
        "or of one above or below it.",
    )


@strawberry.input(description="What isn't given stays as it is.")
class NoteUpdateInput:
    id: strawberry.ID
    version: int | None = None
    type_id: strawberry.ID | None = strawberry.UNSET
    subject: str | None = strawberry.UNSET
    text: str | None = strawberry.UNSET
    due_date: date | None = strawberry.UNSET
    owner_id: strawberry.ID | None = strawberry.UNSET
    about_id: strawberry.ID | None = strawberry.UNSET


@strawberry.input
class NoteCompleteInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class NoteCancelInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class NoteReopenInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class NoteTypeCreateInput:
    name: str


@strawberry.input
class NoteTypeRenameInput:
    id: strawberry.ID
    name: str
    version: int | None = None


@strawberry.type
class NotePayload(Payload):
    note: Note | None = written()


@strawberry.type
class NoteTypePayload(Payload):
    note_type: NoteType | None = written()


@extend(requires="crm.write")
class NoteMutations(Mutation):
    @mutation
    async def note_create(
        info: Info, session: TenantSession, input: NoteCreateInput
    ) -> NotePayload:
        """Write a note about a contact. Warns with `FLAGGED` for each flag that shows on it.

        Refuses: `TEXT_REQUIRED`, `TOO_LONG`, `INVALID_CHARACTERS`, `NOT_FOUND`, `INVALID_ID`,
        `NOT_OF_A_CONTACT`, `OTHER_CONTACT` (what it is about).
        """
        given = values(input, contact_id="contact", type_id="note_type", owner_id="user")
        about = named_about(info, given.pop("about_id"), "aboutId")
        given["about"] = await checked_about(session, about, given["contact_id"], "aboutId")
        note = await notes.create(session, **given)
        # Whoever may not see flags is not told of them here either.
        may_see = "crm.flags" in info.context.permissions
        shown = await flags.warnings(session, note.contact_id) if may_see else []
        return NotePayload.of(note, *shown)

    @mutation
    async def note_update(
        info: Info, session: TenantSession, input: NoteUpdateInput
    ) -> NotePayload:
        """Change a note.

        Refuses: `TEXT_REQUIRED`, `TOO_LONG`, `INVALID_CHARACTERS`, `STALE_VERSION`,
        `NOT_FOUND`, `INVALID_ID`, `NOT_OF_A_CONTACT`, `OTHER_CONTACT`.
        """
        given = values(input, id="note", type_id="note_type", owner_id="user")
        if "about_id" in given:
            about = named_about(info, given.pop("about_id"), "aboutId")
            note = await session.find(NoteRow, given["id"], "note", field="id")
            given["about"] = await checked_about(session, about, note.contact_id, "aboutId")
        return NotePayload.of(await notes.update(session, given.pop("id"), **given))

    @mutation
    async def note_complete(
        info: Info, session: TenantSession, input: NoteCompleteInput
    ) -> NotePayload:
        """Say that a note is done. Refuses: `ILLEGAL_TRANSITION`, `STALE_VERSION`, `NOT_FOUND`."""
        return await _become(session, "COMPLETED", input)

    @mutation
    async def note_cancel(
        info: Info, session: TenantSession, input: NoteCancelInput
    ) -> NotePayload:
        """Say that a note is void. Refuses: `ILLEGAL_TRANSITION`, `STALE_VERSION`, `NOT_FOUND`."""
        return await _become(session, "CANCELLED", input)

    @mutation
    async def note_reopen(
        info: Info, session: TenantSession, input: NoteReopenInput
    ) -> NotePayload:
        """Take a note up again. Refuses: `ILLEGAL_TRANSITION`, `STALE_VERSION`, `NOT_FOUND`."""
        return await _become(session, "OPEN", input)


async def _become(
    session: TenantSession,
    status: str,
    input: NoteCompleteInput | NoteCancelInput | NoteReopenInput,
) -> NotePayload:
    key = values(input, id="note")["id"]
    return NotePayload.of(await notes.set_status(session, key, status, input.version))


@extend(requires="crm.configure")
class NoteTypeMutations(Mutation):
    @mutation
    async def note_type_create(
        info: Info, session: TenantSession, input: NoteTypeCreateInput
    ) -> NoteTypePayload:
        """Add a note type. Refuses: `NAME_EMPTY`, `TOO_LONG`, `NAME_TAKEN`."""
        return NoteTypePayload.of(await notes.create_type(session, input.name))

    @mutation
    async def note_type_rename(
        info: Info, session: TenantSession, input: NoteTypeRenameInput
    ) -> NoteTypePayload:
        """Give a note type another name; its notes go with it.

        Refuses: `NAME_EMPTY`, `TOO_LONG`, `NAME_TAKEN`, `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`.
        """
        key = values(input, id="note_type")["id"]
        return NoteTypePayload.of(await notes.rename_type(session, key, input.name, input.version))
