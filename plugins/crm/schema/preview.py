"""Whom a suspension would reach, before it is written."""

from __future__ import annotations

from typing import Any, cast

import strawberry

from core.contacts.models import Contact as ContactRow
from core.contacts.schema import Contact
from core.hierarchy.models import ContactClosure
from core.kit.connections import Connection
from core.kit.context import Info
from core.kit.errors import NotFound
from core.kit.extend import extend
from core.kit.loaders import Asked
from core.kit.order import core
from core.kit.page import Page
from core.kit.relation import Relation
from core.kit.settle import Late, Scope
from core.roots import Query
from plugins.crm.schema.scope import reach_of

_CONTACTS: Any = ContactRow.__table__
ORIGIN = Relation(_CONTACTS, by="id")
#: The contacts at the levels named by ``scope``, as seen from one of them.
REACHED = Late(core(ContactRow.id), order_by=(ContactRow.name_key,), tree=ContactClosure).relation(
    _CONTACTS, paged=True
)


async def preview(
    info: Info,
    contact_id: strawberry.ID,
    scope: Scope,
    first: int = 50,
    after: str | None = strawberry.UNSET,
) -> Connection[Contact]:
    """The page of contacts; *first* and *after* are read by it from the field's arguments."""
    info.context.demand("contacts.read")
    reach_of(scope)
    asked = Asked(None, info._raw_info)
    page = Page(REACHED, asked)
    given, asked.args = asked.args, {"id": contact_id}
    found = await asked.rows(ORIGIN, page.of)
    if not found:
        raise NotFound("contact", contact_id, "contactId")
    # From here on, as if the field were one of the contact's own.
    asked.args = given
    asked.parent = page.of.make(found[0])
    type_: Any = asked.info.schema.type_map["Contact"]
    asked.info = asked.info._replace(parent_type=type_)
    return cast(Connection[Contact], page)


@extend(requires="crm.suspend")
class SuspensionPreview(Query):
    preview_suspension: Connection[Contact] = strawberry.field(
        resolver=preview,
        description="The contacts that a suspension of this contact with this scope would reach. "
        "Nothing is written. Refuses: `NOT_FOUND`, `SCOPE_EMPTY`, `LEVEL_OUT_OF_RANGE`.",
    )
