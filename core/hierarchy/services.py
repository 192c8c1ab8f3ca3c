"""Who hangs below whom: contacts are hung up and moved, and the closure is kept true.

Every writer of the tree holds the tenant's lock until it commits: those that move exclusively,
those that add a leaf together. So what one reads of the tree is still true when it writes.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import aliased

from core.contacts.events import ContactChanged, ContactMoved
from core.contacts.models import Contact
from core.hierarchy.models import ContactClosure
from core.hierarchy.rules import DEEPEST, written_path
from core.kit.errors import Refused
from core.kit.session import TenantSession, check_version

OTHER = "OTHER"

_HANG_LEAF = text("""
    insert into core_contact_closure (tenant_id, ancestor_id, descendant_id, depth)
    select tenant_id, ancestor_id, cast(:contact as uuid), depth + 1 from core_contact_closure
    where tenant_id = :tenant and descendant_id = :parent
    union all
    select cast(:tenant as uuid), cast(:contact as uuid), cast(:contact as uuid), 0
""")

#: The ways into the subtree from above it, but for those that will be as long as they are.
_CUT = text("""
    delete from core_contact_closure c
    using core_contact_closure above, core_contact_closure below
    where c.tenant_id = :tenant and above.tenant_id = :tenant and below.tenant_id = :tenant
      and above.descendant_id = :contact and above.depth > 0
      and below.ancestor_id = :contact
      and c.ancestor_id = above.ancestor_id and c.descendant_id = below.descendant_id
      and not exists (
        select from core_contact_closure stays
        where stays.tenant_id = :tenant and stays.descendant_id = cast(:parent as uuid)
          and stays.ancestor_id = above.ancestor_id and stays.depth = above.depth - 1
      )
""")

_HANG_TREE = text("""
    insert into core_contact_closure (tenant_id, ancestor_id, descendant_id, depth)
    select above.tenant_id, above.ancestor_id, below.descendant_id, above.depth + below.depth + 1
    from core_contact_closure above, core_contact_closure below
    where above.tenant_id = :tenant and below.tenant_id = :tenant
      and above.descendant_id = :parent and below.ancestor_id = :contact
      and not exists (
        select from core_contact_closure stays
        where stays.tenant_id = :tenant and stays.descendant_id = :contact
          and stays.ancestor_id = above.ancestor_id
      )
""")


async def lock_tree(session: TenantSession, *, shared: bool = False) -> None:
    """Keep other writers of the tenant's tree out until the transaction ends.

    Who both adds leaves and moves takes the lock for moving first: two that held the shared
    one would wait for each other.
    """
    await session.hold("core.tree", shared=shared)


async def hang_leaf(session: TenantSession, contact: Contact) -> None:
    """Give a contact that was just added its place below ``parent_id``, or as a root."""
    if contact.parent_id is not None:
        await _check_depth(session, None, contact.parent_id)
    await session.flush()
    await session.execute(_HANG_LEAF, _keys(session, contact))


async def move(
    session: TenantSession,
    contact_id: UUID,
    parent_id: UUID | None,
    kind: str | None = None,
    version: int | None = None,
) -> Contact:
    """Hang a contact, with all below it, below another parent; without one it becomes a root."""
    await lock_tree(session)
    contact = await session.find(Contact, contact_id, "contact", field="id")
    check_version(contact, version)
    if parent_id is None:
        check_link(parent_id, kind, "kind")
    elif parent_id != contact.parent_id:
        await session.find(Contact, parent_id, "contact", field="parentId")
        await _check_cycle(session, contact, parent_id)
        await _check_depth(session, contact.id, parent_id)
    before = contact.parent_id
    await _link(session, contact, parent_id, kind)
    if parent_id != before:
        keys = _keys(session, contact)
        await session.execute(_CUT, keys)
        await session.execute(_HANG_TREE, keys)
        await session.tell(ContactMoved(contact.id, before, parent_id))
    return contact


async def change_kind(
    session: TenantSession, contact_id: UUID, kind: str, version: int | None = None
) -> Contact:
    """Say what the link to the parent means, and leave it where it is."""
    contact = await session.find(Contact, contact_id, "contact", field="id")
    check_version(contact, version)
    check_link(contact.parent_id, kind, "kind")
    await _link(session, contact, contact.parent_id, kind)
    return contact


def check_link(parent_id: UUID | None, kind: str | None, field: str) -> None:
    if parent_id is None and kind is not None:
        raise Refused("NO_PARENT", "A contact without a parent has no link.", field)


async def _link(
    session: TenantSession, contact: Contact, parent_id: UUID | None, kind: str | None
) -> None:
    new_kind = None if parent_id is None else kind or contact.parent_kind or OTHER
    changed = [
        name
        for name, value in (("parent_id", parent_id), ("parent_kind", new_kind))
        if getattr(contact, name) != value
    ]
    if not changed:
        return
    contact.parent_id, contact.parent_kind = parent_id, new_kind
    await session.flush()
    await session.tell(ContactChanged(contact.id, ",".join(changed)))


async def _check_cycle(session: TenantSession, contact: Contact, parent_id: UUID) -> None:
    """Refuse a parent that is the contact itself or hangs below it."""
    below, above = aliased(ContactClosure), aliased(ContactClosure)
    names = await session.scalars(
        select(Contact.name)
        .join(below, (below.descendant_id == Contact.id) & (below.ancestor_id == contact.id))
        .join(above, (above.ancestor_id == Contact.id) & (above.descendant_id == parent_id))
        .order_by(below.depth)
    )
    if way := list(names):
        path = written_path([*way, contact.name])
        raise Refused("CYCLE", f"That would close a circle: {path}.", "parentId")


async def _check_depth(session: TenantSession, contact_id: UUID | None, parent_id: UUID) -> None:
    depth = await _deepest(session, ContactClosure.descendant_id == parent_id)
    height = 0
    if contact_id is not None:
        height = await _deepest(session, ContactClosure.ancestor_id == contact_id)
    if depth + height + 1 > DEEPEST:
        raise Refused(
            "TOO_DEEP",
            f"The tree would have {depth + height + 1} levels below its root; "
            f"{DEEPEST} are allowed.",
            "parentId",
        )


async def _deepest(session: TenantSession, which: Any) -> int:
    return await session.scalar(select(func.max(ContactClosure.depth)).where(which)) or 0


def _keys(session: TenantSession, contact: Contact) -> dict[str, Any]:
    return {"tenant": session.tenant_id, "contact": contact.id, "parent": contact.parent_id}
