"""What is done with contact groups."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.exc import IntegrityError

from core.contacts import rules
from core.contacts.models import ContactGroup
from core.kit.db import Base
from core.kit.errors import Refused
from core.kit.keys import sort_key
from core.kit.session import TenantSession, check_version

#: Where an import puts a contact whose row names no group.
IMPORTED = "Imported contacts"


async def create_group(session: TenantSession, name: str) -> ContactGroup:
    """Add a group; its name may differ from another's by more than case and accents."""
    kept = rules.name(name)
    group = ContactGroup(name=kept, name_key=sort_key(kept))
    session.add(group)
    await session.flush()
    return group


async def rename_group(
    session: TenantSession, key: UUID, name: str, version: int | None
) -> ContactGroup:
    group = await session.find(ContactGroup, key, "contact group", field="id")
    check_version(group, version)
    group.name = rules.name(name)
    group.name_key = sort_key(group.name)
    return group


async def delete_group(session: TenantSession, key: UUID, version: int | None) -> ContactGroup:
    """Take away a group that nothing refers to."""
    # Locked: whoever refers to it in the meantime waits, and then finds it gone.
    group = await session.find(ContactGroup, key, "contact group", field="id", lock=True)
    check_version(group, version)
    for table, column in references():
        used = select(table.c.tenant_id).where(
            table.c.tenant_id == session.tenant_id, table.c[column] == key
        )
        if await session.scalar(used.limit(1)):
            raise Refused(
                "GROUP_IN_USE", f"'{group.name}' still has contacts or custom fields.", "id"
            )
    await session.delete(group)
    return group


def references() -> list[tuple[Table, str]]:
    """The columns of all modules that refer to a group."""
    return [
        (table, constraint.column_keys[-1])
        for table in Base.metadata.tables.values()
        for constraint in table.foreign_key_constraints
        if constraint.referred_table.name == ContactGroup.__tablename__ and "view" not in table.info
    ]


async def default_group(session: TenantSession, name: str = IMPORTED) -> ContactGroup:
    """The group of that name, made on first use."""
    wanted = select(ContactGroup).where(ContactGroup.name_key == sort_key(name))
    if found := await session.scalar(wanted):
        return found
    try:
        async with session.begin_nested():
            return await create_group(session, name)
    except IntegrityError:  # somebody else used it first a moment ago
        return (await session.scalars(wanted)).one()
