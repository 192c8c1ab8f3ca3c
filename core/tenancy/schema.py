"""The caller, users, roles and partner keys in the API."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import func, select

from core.kit.connections import Connection
from core.kit.context import Context, Info
from core.kit.extend import Open, extend
from core.kit.fields import Node, by_id, everything, many, value
from core.kit.filters import DateTimeFilter, Filter, TextFilter, matching
from core.kit.ids import global_id, key_in
from core.kit.order import Orders
from core.roots import Query
from core.tenancy.lookups import SELF
from core.tenancy.models import PartnerKey as PartnerKeyRow
from core.tenancy.models import Role as RoleRow
from core.tenancy.models import User as UserRow
from core.tenancy.models import UserRole
from core.tenancy.rules import EVERYTHING


@strawberry.enum(description="What is done about a reference that another contact has already.")
class ReferencePolicy(Enum):
    OFF = "OFF"
    WARN = "WARN"
    ENFORCE = "ENFORCE"


@strawberry.type(description="The company for which the caller asks.")
class Tenant:
    slug: str
    name: str
    modules: list[str] = strawberry.field(description="Those switched on, besides core.")
    time_zone: str = strawberry.field(description="IANA name; business days are in it.")
    locale: str = strawberry.field(description="ISO 639-1.")
    currency: str = strawberry.field(description="ISO 4217, of all amounts.")
    country: str = strawberry.field(description="ISO 3166-1: how phone numbers are read.")
    reference_policy: ReferencePolicy = strawberry.field(
        description="Whether references of contacts must be unique."
    )
    documents_only: bool = strawberry.field(
        description="Whether everybody may run stored documents only."
    )
    export_domains: list[str] = strawberry.field(
        description="The domains that exports may be sent to."
    )


@strawberry.type(description="Who asks: a user, or a partner's program.")
class Me:
    id: strawberry.ID = strawberry.field(description="Of a `User` or of a `PartnerKey`.")
    name: str
    login: str | None = strawberry.field(description="Partner keys have none.")
    locale: str
    permissions: list[str]
    tenant: Tenant


@strawberry.type(description="A named set of permissions.")
class Role(Node, table=RoleRow, requires="tenancy.read"):
    name: str
    permissions: list[str] = strawberry.field(description="`*` stands for all there are.")
    version: int = strawberry.field(description="Counts up with each write.")
    user_count: int = value(select(func.count()).where(UserRole.role_id == RoleRow.id))


@strawberry.type(description="Somebody who signs in.")
class User(Node, table=UserRow, requires="tenancy.read"):
    login: str
    name: str
    locale: str | None = strawberry.field(description="ISO 639-1; null: the tenant's.")
    disabled_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int = strawberry.field(description="Counts up with each write.")
    roles: list[Role] = many(UserRole.user_id, to=UserRole.role_id, order_by=[RoleRow.name])


@strawberry.type(description="How another program signs in. Its secret is shown once, when made.")
class PartnerKey(Node, table=PartnerKeyRow, requires="tenancy.read"):
    name: str
    scopes: list[str] = strawberry.field(description="The permissions it has.")
    documents_only: bool = strawberry.field(description="Whether it may run stored documents only.")
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = strawberry.field(description="To the minute.")
    created_at: datetime
    version: int = strawberry.field(description="Counts up with each write.")


@strawberry.input(description="Which users. All that is given must hold.")
class UserFilter(Filter):
    login: TextFilter | None = matching(UserRow.login)
    name: TextFilter | None = matching(UserRow.name)
    disabled_at: DateTimeFilter | None = matching(UserRow.disabled_at)


USER_ORDERS = Orders("User", login=UserRow.login, name=UserRow.name, created_at=UserRow.created_at)


async def _me(info: Info) -> Me:
    context = info.context
    prefix, key = _identity(context)
    (row,) = await context.fetch(SELF, [context.tenant, key])
    return Me(
        id=strawberry.ID(global_id(prefix, key)),
        name=row["name"],
        login=row["login"],
        locale=row["locale"],
        permissions=sorted(context.permissions - {EVERYTHING}),
        tenant=_tenant(row),
    )


async def own_tenant(info: Info) -> Tenant:
    """The caller's tenant, as it is now."""
    (row,) = await info.context.fetch(SELF, [info.context.tenant, _identity(info.context)[1]])
    return _tenant(row)


def _tenant(row: Any) -> Tenant:
    return Tenant(
        slug=row["slug"],
        name=row["tenant_name"],
        modules=row["modules"],
        time_zone=row["time_zone"],
        locale=row["tenant_locale"],
        currency=row["currency"],
        country=row["country"],
        reference_policy=ReferencePolicy(row["reference_policy"]),
        documents_only=row["documents_only"],
        export_domains=row["export_domains"],
    )


def _identity(context: Context) -> tuple[str, UUID]:
    if context.actor.user_id is not None:
        return "user", context.actor.user_id
    return "partner_key", key_in(context.actor.name, "partner_key")


@extend(requires="tenancy.read")
class TenancyQueries(Query):
    me: Me = strawberry.field(
        resolver=_me, extensions=[Open()], description="Who asks, and what they may do."
    )
    user: User = by_id(UserRow)
    users: Connection[User] = everything(
        UserRow, order_by=[UserRow.login], filters=UserFilter, orders=USER_ORDERS
    )
    role: Role = by_id(RoleRow)
    roles: Connection[Role] = everything(RoleRow, order_by=[RoleRow.name])
    partner_key: PartnerKey = by_id(PartnerKeyRow)
    partner_keys: Connection[PartnerKey] = everything(PartnerKeyRow, order_by=[PartnerKeyRow.name])
