"""Roles: named sets of permissions."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from core.kit.errors import Refused
from core.kit.session import TenantSession, check_version
from core.tenancy.models import Role, UserRole
from core.tenancy.rules import check_grant, check_reach, name_of, permissions_of
from core.tenancy.services.access import access_changed


async def create_role(
    session: TenantSession, giver: frozenset[str], *, name: str, permissions: Sequence[str]
) -> Role:
    granted = permissions_of(permissions, "permissions")
    check_grant(granted, giver, "permissions")
    role = Role(name=name_of(name), permissions=granted)
    session.add(role)
    await session.flush()
    return role


async def update_role(
    session: TenantSession,
    role_id: UUID,
    giver: frozenset[str],
    *,
    version: int | None = None,
    name: str | None = None,
    permissions: Sequence[str] | None = None,
) -> Role:
    """Rename a role or change what its users may do; what isn't given stays."""
    role = await session.find(Role, role_id, field="id", lock=True)
    check_version(role, version)
    check_reach(role.permissions, giver, "role", "id")
    if name is not None:
        role.name = name_of(name)
    if permissions is not None:
        granted = permissions_of(permissions, "permissions")
        # What it has already may belong to a module that is switched off for now.
        check_grant(set(granted) - set(role.permissions), giver, "permissions")
        role.permissions = granted
    access_changed(session)
    return role


async def delete_role(session: TenantSession, role_id: UUID, giver: frozenset[str]) -> Role:
    """Delete a role that nobody has."""
    role = await session.find(Role, role_id, field="id", lock=True)
    check_reach(role.permissions, giver, "role", "id")
    held = select(func.count()).where(
        UserRole.tenant_id == session.tenant_id, UserRole.role_id == role_id
    )
    users = await session.scalar(held)
    if users:
        raise Refused("ROLE_IN_USE", f"{users} users have the role '{role.name}'.", "id")
    await session.delete(role)
    return role
