"""Tenants: made by the operator, who is none of their users."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from core.kit.errors import Refused
from core.kit.ids import new_id
from core.kit.session import TenantSession
from core.tenancy.models import Tenant, User
from core.tenancy.rules import EVERYTHING, check_tenant, name_of
from core.tenancy.services.roles import create_role
from core.tenancy.services.users import create_user

ADMINISTRATOR = "Administrator"


def create_tenant(
    connection: Connection,
    slug: str,
    name: str,
    modules: Iterable[str],
    *,
    time_zone: str = "Europe/Paris",
    locale: str = "fr",
    country: str = "FR",
    currency: str = "EUR",
) -> UUID:
    """Add a tenant, by a connection of the tables' owner. *modules* are those besides core."""
    check_tenant(slug, time_zone, locale, country, currency)
    values: dict[str, Any] = {
        "id": new_id(),
        "slug": slug,
        "name": name_of(name),
        "modules": sorted(set(modules)),
        "time_zone": time_zone,
        "locale": locale,
        "country": country,
        "currency": currency,
    }
    made = connection.execute(
        insert(Tenant).values(values).on_conflict_do_nothing().returning(Tenant.id)
    )
    key = made.scalar_one_or_none()
    if key is None:
        raise Refused("SLUG_TAKEN", f"There is already a tenant '{slug}'.", "slug")
    return key


async def create_administrator(
    session: TenantSession, *, login: str, name: str, password: str
) -> User:
    """A tenant's first user, with a role that may do everything."""
    operator = frozenset({EVERYTHING})
    role = await create_role(session, operator, name=ADMINISTRATOR, permissions=[EVERYTHING])
    return await create_user(
        session, operator, login=login, name=name, password=password, role_ids=[role.id]
    )
