"""What is done with contacts and their groups."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.contacts.models import ContactGroup
from core.kit.errors import Refused
from core.kit.keys import sort_key
from core.kit.session import TenantSession, check_version


async def create_group(session: TenantSession, name: str) -> ContactGroup:
    """Add a group; its name may differ from another's by more than case and accents."""
    group = ContactGroup(name=named(name), name_key=sort_key(name))
    session.add(group)
    await session.flush()
    return group


async def rename_group(
    session: TenantSession, key: Any, name: str, version: int | None
) -> ContactGroup:
    group = await session.find(ContactGroup, key, "contact group", field="id")
    check_version(group, version)
    group.name, group.name_key = named(name), sort_key(name)
    return group


async def default_group(session: TenantSession, name: str) -> ContactGroup:
    """The group of that name, made on first use."""
    found = await session.scalar(
        select(ContactGroup).where(ContactGroup.name_key == sort_key(name))
    )
    return found or await create_group(session, name)


def named(name: str) -> str:
    """A name that says something."""
    if not name.strip():
        raise Refused("NAME_EMPTY", "A name must have at least one letter.", "name")
    return name.strip()
