"""How tests of the contact's file make other users and roles of a tenant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.tenancy.services import create_role, create_user
from tests.cast import Tenant


async def colleague(tenant: Tenant, name: str, *roles: Any) -> Tenant:
    """Another user of the tenant, with everything one may do."""
    async with tenant.session() as session:
        user = await create_user(
            session, frozenset({"*", *tenant.permissions}), login=f"{name}@{tenant.slug}",
            name=name.title(), password="correct horse", role_ids=list(roles),
        )  # fmt: skip
    return replace(tenant, user_id=user.id)


async def role(tenant: Tenant, name: str) -> Any:
    async with tenant.session() as session:
        made = await create_role(
            session, frozenset({"*", "crm.alerts"}), name=name, permissions=["crm.alerts"]
        )
    return made.id
