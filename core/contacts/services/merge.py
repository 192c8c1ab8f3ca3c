"""Two contact groups become one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from core.contacts.events import ContactChanged, ContactGroupMerged
from core.contacts.models import Contact, ContactGroup
from core.contacts.services.groups import references
from core.custom_fields.merge import merge_fields
from core.kit.errors import Refused
from core.kit.session import TenantSession
from core.kit.tables import AuditEntry


async def merge_groups(
    session: TenantSession, from_id: UUID, into_id: UUID
) -> tuple[ContactGroup, list[Refused]]:
    """Move all of one group into another, take it away, and say what is lost with it."""
    gone, kept = await _both(session, from_id, into_id)
    warnings = await merge_fields(session, gone, kept)
    moved = await _move_contacts(session, gone.id, kept.id)
    for table, column in references():
        follows = table.c[column].computed is not None  # from a column that is moved already
        if table.name != Contact.__tablename__ and not follows:
            own = (table.c.tenant_id == session.tenant_id) & (table.c[column] == gone.id)
            await session.execute(update(table).where(own).values({column: kept.id}))
    await session.delete(gone)
    await session.flush()
    await session.tell(ContactGroupMerged(gone.id, kept.id))
    for contact_id in moved:
        await session.tell(ContactChanged(contact_id, "group_id"))
    return kept, warnings


async def _both(
    session: TenantSession, from_id: UUID, into_id: UUID
) -> tuple[ContactGroup, ContactGroup]:
    """Both groups, locked in the same order by all who merge."""
    for key, field in ((from_id, "fromId"), (into_id, "intoId")):
        await session.find(ContactGroup, key, "contact group", field=field)
    if from_id == into_id:
        raise Refused("SAME_GROUP", "A group can't be merged with itself.", "intoId")
    found = {
        key: await session.find(ContactGroup, key, "contact group", lock=True)
        for key in sorted((from_id, into_id))
    }
    return found[from_id], found[into_id]


async def _move_contacts(session: TenantSession, from_id: UUID, into_id: UUID) -> Sequence[UUID]:
    """By one statement, however many they are; each has its entry in the audit log all the same."""
    moved = await session.scalars(
        update(Contact)
        .where(Contact.group_id == from_id)
        .values(
            group_id=into_id,
            version=Contact.version + 1,
            updated_at=session.now,
            updated_by=session.user_id,
        )
        .returning(Contact.id)
        .execution_options(synchronize_session=False)
    )
    keys = sorted(moved.all())
    if keys:
        actor = session.actor
        who: dict[str, Any] = {
            "tenant_id": actor.tenant_id,
            "at": session.now,
            "user_id": actor.user_id,
            "actor": actor.name,
            "channel": actor.channel.value,
            "action": "CHANGED",
            "row_type": Contact.__tablename__,
            "changes": {"group_id": [str(from_id), str(into_id)]},
        }
        entries = [{**who, "row_id": key, "root_id": key} for key in keys]
        await session.execute(insert(AuditEntry), entries)
    return keys
