"""What mutations of users, roles, keys and settings are given, and what they answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from core.kit.context import Info
from core.kit.fields import written
from core.kit.ids import global_id
from core.kit.payloads import Payload
from core.tenancy.schema import (
    PartnerKey,
    ReferencePolicy,
    Role,
    Tenant,
    User,
    own_tenant,
)


def _unseen(description: str, **options: Any) -> Any:
    """A field that is left out of the input's text, which idempotency keys are compared by."""
    field: Any = strawberry.field(description=description, **options)
    field.repr = False
    return field


@strawberry.input
class UserCreateInput:
    login: str = strawberry.field(description="Like an e-mail address; nobody else may have it.")
    name: str
    password: str | None = _unseen("10 to 200 characters.", default=strawberry.UNSET)
    locale: str | None = strawberry.UNSET
    role_ids: list[strawberry.ID] = strawberry.field(default_factory=list)


@strawberry.input(description="What isn't given stays as it is.")
class UserUpdateInput:
    id: strawberry.ID
    version: int | None = strawberry.UNSET
    login: str | None = strawberry.UNSET
    name: str | None = strawberry.UNSET
    locale: str | None = strawberry.UNSET
    role_ids: list[strawberry.ID] | None = strawberry.UNSET


@strawberry.input
class UserDisableInput:
    id: strawberry.ID


@strawberry.input
class UserEnableInput:
    id: strawberry.ID


@strawberry.input
class UserSetPasswordInput:
    id: strawberry.ID
    password: str = _unseen("10 to 200 characters.")


@strawberry.input
class RoleCreateInput:
    name: str
    permissions: list[str] = strawberry.field(description="Such as `contacts.read`.")


@strawberry.input(description="What isn't given stays as it is.")
class RoleUpdateInput:
    id: strawberry.ID
    version: int | None = strawberry.UNSET
    name: str | None = strawberry.UNSET
    permissions: list[str] | None = strawberry.UNSET


@strawberry.input
class RoleDeleteInput:
    id: strawberry.ID


@strawberry.input
class PartnerKeyCreateInput:
    name: str
    scopes: list[str] = strawberry.field(description="Permissions, such as `contacts.read`.")
    expires_at: datetime | None = strawberry.UNSET
    documents_only: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether it may run stored documents only."
    )


@strawberry.input(description="What isn't given stays as it is.")
class PartnerKeyUpdateInput:
    id: strawberry.ID
    version: int | None = strawberry.UNSET
    name: str | None = strawberry.UNSET
    documents_only: bool | None = strawberry.UNSET


@strawberry.input
class PartnerKeyRotateInput:
    id: strawberry.ID


@strawberry.input
class PartnerKeyRevokeInput:
    id: strawberry.ID


@strawberry.type
class UserPayload(Payload):
    user: User | None = written()


@strawberry.type
class RolePayload(Payload):
    role: Role | None = written()


def _deleted_id(root: strawberry.Parent[Payload]) -> strawberry.ID | None:
    return strawberry.ID(global_id("role", root.key)) if root.key else None


@strawberry.type
class RoleDeletePayload(Payload):
    deleted_id: strawberry.ID | None = strawberry.field(
        resolver=_deleted_id, description="The role that is no more."
    )


@strawberry.input(description="What isn't given stays as it is.")
class TenantSettingsUpdateInput:
    name: str | None = strawberry.UNSET
    time_zone: str | None = strawberry.field(
        default=strawberry.UNSET, description="IANA name; business days are in it."
    )
    locale: str | None = strawberry.field(default=strawberry.UNSET, description="ISO 639-1.")
    country: str | None = strawberry.field(default=strawberry.UNSET, description="ISO 3166-1.")
    reference_policy: ReferencePolicy | None = strawberry.UNSET
    documents_only: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether everybody may run stored documents only."
    )
    export_domains: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="The domains that exports may be sent to, such as `example.fr`; those below "
        "them are others.",
    )


async def _written_tenant(root: strawberry.Parent[Payload], info: Info) -> Tenant | None:
    return await own_tenant(info) if root.key else None


@strawberry.type
class TenantSettingsPayload(Payload):
    tenant: Tenant | None = strawberry.field(
        resolver=_written_tenant, description="The tenant, as it is now."
    )


@strawberry.type
class PartnerKeyPayload(Payload):
    partner_key: PartnerKey | None = written()
    secret: str | None = strawberry.field(
        default=None,
        description="What the partner sends as its token. It is not kept: no other answer has it, "
        "one repeated under the same idempotency key included.",
    )
