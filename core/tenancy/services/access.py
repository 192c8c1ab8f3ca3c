"""Who has which role, and the mark of a transaction that changes what callers may do."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, insert, select

from core.kit.errors import NotFound
from core.kit.session import TenantSession
from core.tenancy.models import Role, User, UserRole
from core.tenancy.rules import check_reach

#: In a session's ``info``: once it is committed, callers of the tenant must be looked up anew.
ACCESS_CHANGED = "core.tenancy.access_changed"


def access_changed(session: TenantSession) -> None:
    session.info[ACCESS_CHANGED] = True


async def roles_of(session: TenantSession, user_id: UUID) -> list[Role]:
    held = select(UserRole.role_id).where(UserRole.user_id == user_id)
    return list(await session.scalars(select(Role).where(Role.id.in_(held)).order_by(Role.name)))


async def find_within_reach(
    session: TenantSession, user_id: UUID, giver: frozenset[str], field: str = "id"
) -> User:
    """The user, locked; refused if their roles allow more than *giver* may do."""
    user = await session.find(User, user_id, field=field, lock=True)
    for role in await roles_of(session, user_id):
        check_reach(role.permissions, giver, "user", field)
    return user


async def assign_roles(
    session: TenantSession, user: User, role_ids: Sequence[UUID], giver: frozenset[str]
) -> None:
    """Make these the user's roles."""
    before = await roles_of(session, user.id)
    after = await _locked_roles(session, role_ids)
    if {r.id for r in before} == {r.id for r in after}:
        return
    for role in after:
        check_reach(role.permissions, giver, f"role '{role.name}'", "roleIds")
    await session.execute(delete(UserRole).where(UserRole.user_id == user.id))
    if after:
        mine = {"tenant_id": session.tenant_id, "user_id": user.id}
        await session.execute(insert(UserRole), [{**mine, "role_id": r.id} for r in after])
    session.record(user, {"roles": [[r.name for r in before], [r.name for r in after]]})
    access_changed(session)


async def _locked_roles(session: TenantSession, role_ids: Sequence[UUID]) -> list[Role]:
    """The roles, which can't be deleted until this transaction ends."""
    statement = select(Role).where(Role.id.in_(set(role_ids))).order_by(Role.name)
    roles = list(await session.scalars(statement.with_for_update(read=True, key_share=True)))
    found = {role.id for role in roles}
    for role_id in role_ids:
        if role_id not in found:
            raise NotFound("role", role_id, "roleIds")
    return roles
