"""Notes in the API."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum

import strawberry
from sqlalchemy import select

from core.about import as_kept, matching_about
from core.contacts.schema import Contact
from core.kit.connections import Connection
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import Node, by_id, computed, everything, many, one, value
from core.kit.filters import (
    DateFilter,
    DateTimeFilter,
    EnumFilter,
    Filter,
    IdFilter,
    TextFilter,
    matching,
)
from core.kit.nodes import node
from core.kit.order import Orders
from core.roots import Query
from core.tenancy.models import User as UserRow
from core.tenancy.schema import User
from plugins.crm.models import Note as NoteRow
from plugins.crm.models import NoteType as NoteTypeRow


@strawberry.enum(description="What has become of a note.")
class NoteStatus(Enum):
    OPEN = "OPEN"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


@strawberry.type(description="What a note is about: a list of the tenant's own.")
class NoteType(Node, table=NoteTypeRow, requires="crm.read"):
    name: str
    version: int


async def _about(root: Note, info: Info) -> Node | None:
    return await node(info, root.value_of(NoteRow.about))  # type: ignore[no-any-return]


@strawberry.type(description="Something to remember, or to do, about a contact.")
class Note(Node, table=NoteRow, requires="crm.read"):
    reference: str = strawberry.field(description="Given by the system, such as N-000123.")
    subject: str
    text: str | None
    status: NoteStatus
    due_date: date | None
    created_at: datetime
    updated_at: datetime
    version: int
    type: NoteType = one(NoteRow.type_id)
    contact: Contact = one(NoteRow.contact_id)
    owner: User | None = one(NoteRow.owner_id)
    owner_name: str | None = value(
        select(UserRow.name).where(UserRow.id == NoteRow.owner_id),
        "The owner's name, also for those who may not see users.",
    )
    about_id: strawberry.ID | None = computed(
        as_kept,
        needs=[NoteRow.about],
        description="Of what else it is about: a mission, a person, a document …",
    )
    about: Node | None = strawberry.field(
        resolver=_about,
        description="The thing itself; null if it is gone, or its module is off.",
    )


@strawberry.input(description="Which notes. All that is given must hold.")
class NoteFilter(Filter):
    status: EnumFilter[NoteStatus] | None = matching(NoteRow.status)
    type: IdFilter | None = matching(NoteRow.type_id)
    owner: IdFilter | None = matching(NoteRow.owner_id)
    contact: IdFilter | None = matching(NoteRow.contact_id)
    about: IdFilter | None = matching_about(NoteRow.about, "What they are about, by its ID.")
    reference: TextFilter | None = matching(NoteRow.reference)
    subject: TextFilter | None = matching(NoteRow.subject)
    due_date: DateFilter | None = matching(NoteRow.due_date)
    updated_at: DateTimeFilter | None = matching(NoteRow.updated_at)


NOTE_ORDERS = Orders(
    "Note", updated_at=NoteRow.updated_at, due_date=NoteRow.due_date, reference=NoteRow.reference
)


@extend(requires="crm.read")
class ContactNotes(Contact):
    notes: Connection[Note] = many(
        NoteRow.contact_id,
        order_by=[NoteRow.updated_at.desc()],
        filters=NoteFilter,
        orders=NOTE_ORDERS,
    )


@extend(requires="crm.read")
class NoteQueries(Query):
    note: Note = by_id(NoteRow)
    notes: Connection[Note] = everything(
        NoteRow, order_by=[NoteRow.updated_at.desc()], filters=NoteFilter, orders=NOTE_ORDERS
    )
    note_type: NoteType = by_id(NoteTypeRow)
    note_types: Connection[NoteType] = everything(NoteTypeRow, order_by=[NoteTypeRow.name_key])
