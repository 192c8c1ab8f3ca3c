"""What a move would change, before it is done."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import Uuid, bindparam, func, select
from sqlalchemy.orm import aliased

from core.contacts.models import Contact as ContactRow
from core.contacts.schema import Contact, LinkKind
from core.hierarchy.models import ContactClosure
from core.hierarchy.rules import DEEPEST, written_path
from core.kit.context import Info
from core.kit.db import TENANT, Statement
from core.kit.errors import NotFound, Refused
from core.kit.extend import extend
from core.kit.ids import key_in
from core.kit.nodes import record
from core.roots import Query


async def _billed_to_before(root: ContactMovePreview, info: Info) -> Contact:
    return await record(info, "Contact", root.billed_before)  # type: ignore[no-any-return]


async def _billed_to_after(root: ContactMovePreview, info: Info) -> Contact:
    return await record(info, "Contact", root.billed_after)  # type: ignore[no-any-return]


@strawberry.type(
    description="What becomes of a contact if it hangs below another parent. Nothing is written. "
    "Modules add what is inherited."
)
class ContactMovePreview:
    contact_id: strawberry.Private[UUID]
    parent_id: strawberry.Private[UUID | None]
    billed_before: strawberry.Private[UUID]
    billed_after: strawberry.Private[UUID]
    moved_count: int = strawberry.field(description="The contact and all that is below it.")
    depth_before: int = strawberry.field(description="How many levels below the root it is.")
    depth_after: int

    billed_to_before: Contact = strawberry.field(
        resolver=_billed_to_before, description="Who pays today."
    )
    billed_to_after: Contact = strawberry.field(
        resolver=_billed_to_after, description="Who would pay."
    )


_contact, _closure = ContactRow.__table__, ContactClosure.__table__
_KEY, _PARENT = bindparam("contact", type_=Uuid), bindparam("parent", type_=Uuid)


def _over(column: Any, key: Any, what: Any) -> Any:
    found = select(what).where(_closure.c.tenant_id == TENANT, column == key)
    return found.scalar_subquery()


_FACTS = Statement(
    select(
        _contact.c.billed_id,
        _contact.c.parent_id,
        _contact.c.parent_kind,
        _over(_closure.c.descendant_id, _KEY, func.max(_closure.c.depth)).label("depth"),
        _over(_closure.c.ancestor_id, _KEY, func.max(_closure.c.depth)).label("height"),
        _over(_closure.c.ancestor_id, _KEY, func.count()).label("moved"),
        _over(_closure.c.descendant_id, _PARENT, func.max(_closure.c.depth)).label("parent_depth"),
    ).where(_contact.c.tenant_id == TENANT, _contact.c.id == _KEY)
)
_below, _above = aliased(_closure), aliased(_closure)
#: The way from the contact down to the parent, if it is below it.
_WAY = Statement(
    select(_contact.c.name)
    .join(_below, _below.c.descendant_id == _contact.c.id)
    .join(_above, _above.c.ancestor_id == _contact.c.id)
    .where(
        *(table.c.tenant_id == TENANT for table in (_contact, _below, _above)),
        _below.c.ancestor_id == _KEY,
        _above.c.descendant_id == _PARENT,
    )
    .order_by(_below.c.depth)
)


async def _preview(
    info: Info,
    contact_id: strawberry.ID,
    parent_id: strawberry.ID | None = strawberry.UNSET,
    kind: LinkKind | None = None,
) -> ContactMovePreview:
    key = key_in(contact_id, "contact", field="contactId")
    moves = parent_id is not None and parent_id is not strawberry.UNSET
    parent = key_in(str(parent_id), "contact", field="parentId") if moves else None
    rows = await _fetch(info, _FACTS, key, parent)
    if not rows:
        raise NotFound("contact", contact_id, "contactId")
    facts = rows[0]
    if parent_id is strawberry.UNSET and facts["parent_id"] is not None:
        parent = facts["parent_id"]
        facts = (await _fetch(info, _FACTS, key, parent))[0]
    if parent is not None:
        await _check(info, key, parent, parent_id, facts)
    link = kind.value if kind else facts["parent_kind"]
    return ContactMovePreview(
        contact_id=key,
        parent_id=parent,
        billed_before=facts["billed_id"],
        billed_after=parent if parent is not None and link == "BILLING_SITE" else key,
        moved_count=facts["moved"],
        depth_before=facts["depth"],
        depth_after=0 if parent is None else facts["parent_depth"] + 1,
    )


async def _check(info: Info, key: UUID, parent: UUID, given: Any, facts: Any) -> None:
    """Refuse what the move itself would refuse."""
    if facts["parent_depth"] is None:
        raise NotFound("contact", given, "parentId")
    names = [row["name"] for row in await _fetch(info, _WAY, key, parent)]
    if names:
        path = written_path([*names, names[0]])
        raise Refused("CYCLE", f"That would close a circle: {path}.", "parentId")
    if (deepest := facts["parent_depth"] + facts["height"] + 1) > DEEPEST:
        message = f"The tree would have {deepest} levels below its root; {DEEPEST} are allowed."
        raise Refused("TOO_DEEP", message, "parentId")


async def _fetch(info: Info, statement: Statement, key: UUID, parent: UUID | None) -> list[Any]:
    tenant = info.context.tenant
    given = {**statement.constants, "tenant": tenant, "contact": key, "parent": parent}
    return await info.context.fetch(statement.text, [given[name] for name in statement.names])


@extend(requires="contacts.read")
class MovePreview(Query):
    contact_move_preview: ContactMovePreview = strawberry.field(
        resolver=_preview,
        description="What `contactMove` would change. Without `parentId` the parent stays, with "
        "null the contact becomes a root. Errors: `NOT_FOUND`, `INVALID_ID`, `CYCLE`, `TOO_DEEP`.",
    )
