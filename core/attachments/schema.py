"""Attachments in the API."""

from __future__ import annotations

from datetime import datetime

import strawberry
from sqlalchemy import select
from sqlalchemy.orm import aliased

from core.about import as_kept, matching_about
from core.attachments.models import Attachment as AttachmentRow
from core.attachments.services import AttachmentKind
from core.contacts.schema import Contact
from core.files.schema import File
from core.hierarchy.models import ContactClosure
from core.kit.connections import Connection, FacetedConnection
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import Node, by_id, computed, everything, many, one, value
from core.kit.filters import DateTimeFilter, EnumFilter, Filter, IdFilter, TextFilter, matching
from core.kit.nodes import node
from core.kit.order import Orders
from core.roots import Query
from core.tenancy.models import User as UserRow

strawberry.enum(AttachmentKind, description="What an attached file is to those who look for it.")
Sender = aliased(UserRow)


async def _about(root: Attachment, info: Info) -> Node | None:
    return await node(info, root.value_of(AttachmentRow.about))  # type: ignore[no-any-return]


@strawberry.type(description="A file in the file of a contact.")
class Attachment(Node, table=AttachmentRow, requires="files.read"):
    title: str = strawberry.field(description="The file's name, unless it was called else.")
    kind: AttachmentKind
    created_at: datetime
    updated_at: datetime
    version: int
    file: File = one(AttachmentRow.file_id)
    contact: Contact = one(AttachmentRow.contact_id)
    created_by: str | None = value(
        select(Sender.name).where(Sender.id == AttachmentRow.created_by),
        "The name of the user; null if it was a job or a partner's program.",
    )
    about_id: strawberry.ID | None = computed(
        as_kept,
        needs=[AttachmentRow.about],
        description="Of what it is attached to besides: a mission, a document …",
    )
    about: Node | None = strawberry.field(
        resolver=_about,
        description="The thing itself; null if it is gone, or its module is off.",
    )


@strawberry.input(description="Which attachments. All that is given must hold.")
class AttachmentFilter(Filter):
    kind: EnumFilter[AttachmentKind] | None = matching(AttachmentRow.kind)
    title: TextFilter | None = matching(AttachmentRow.title)
    contact: IdFilter | None = matching(AttachmentRow.contact_id)
    about: IdFilter | None = matching_about(
        AttachmentRow.about, "What they are attached to besides, by its ID."
    )
    created_at: DateTimeFilter | None = matching(AttachmentRow.created_at)


ATTACHMENT_ORDERS = Orders(
    "Attachment", created_at=AttachmentRow.created_at, title=AttachmentRow.title
)


@extend(requires="files.read")
class ContactAttachments(Contact):
    attachments: FacetedConnection[Attachment] = many(
        AttachmentRow.contact_id,
        order_by=[AttachmentRow.created_at.desc()],
        filters=AttachmentFilter,
        orders=ATTACHMENT_ORDERS,
        along_tree=ContactClosure,
        facets={"kind": AttachmentRow.kind},
        description="From all modules, newest first.",
    )


@extend(requires="files.read")
class AttachmentQueries(Query):
    attachment: Attachment = by_id(AttachmentRow)
    attachments: Connection[Attachment] = everything(
        AttachmentRow,
        order_by=[AttachmentRow.created_at.desc()],
        filters=AttachmentFilter,
        orders=ATTACHMENT_ORDERS,
    )
