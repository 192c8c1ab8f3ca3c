"""What the API can do to users, roles and partner keys."""

from __future__ import annotations

from core.kit.context import Info
from core.kit.extend import extend
from core.kit.mutations import mutation, values
from core.kit.session import TenantSession
from core.roots import Mutation
from core.tenancy import services
from core.tenancy.inputs import (
    PartnerKeyCreateInput,
    PartnerKeyPayload,
    PartnerKeyRevokeInput,
    PartnerKeyRotateInput,
    PartnerKeyUpdateInput,
    RoleCreateInput,
    RoleDeleteInput,
    RoleDeletePayload,
    RolePayload,
    RoleUpdateInput,
    TenantSettingsPayload,
    TenantSettingsUpdateInput,
    UserCreateInput,
    UserDisableInput,
    UserEnableInput,
    UserPayload,
    UserSetPasswordInput,
    UserUpdateInput,
)
from core.tenancy.models import PartnerKey as PartnerKeyRow


@extend(requires="tenancy.write")
class TenancyMutations(Mutation):
    @mutation
    async def user_create(
        info: Info, session: TenantSession, input: UserCreateInput
    ) -> UserPayload:
        """Add a user, who can sign in once they have a password.

        Refuses: `INVALID_LOGIN`, `LOGIN_TAKEN`, `INVALID_NAME`, `INVALID_PASSWORD`,
        `INVALID_LOCALE`, `NOT_FOUND`, `PERMISSION_NOT_YOURS`.
        """
        given = values(input, role_ids="role")
        return UserPayload.of(await services.create_user(session, _mine(info), **given))

    @mutation
    async def user_update(
        info: Info, session: TenantSession, input: UserUpdateInput
    ) -> UserPayload:
        """Change a user. Refuses what `userCreate` refuses, and `STALE_VERSION`."""
        given = values(input, id="user", role_ids="role")
        user = await services.update_user(session, given.pop("id"), _mine(info), **given)
        return UserPayload.of(user)

    @mutation
    async def user_set_password(
        info: Info, session: TenantSession, input: UserSetPasswordInput
    ) -> UserPayload:
        """Give a user a new password, and sign them out everywhere.

        Refuses: `NOT_FOUND`, `INVALID_PASSWORD`, `PERMISSION_NOT_YOURS`.
        """
        key = values(input, id="user")["id"]
        user = await services.set_password(session, key, _mine(info), input.password)
        return UserPayload.of(user)

    @mutation
    async def user_disable(
        info: Info, session: TenantSession, input: UserDisableInput
    ) -> UserPayload:
        """Shut a user out; their tokens end at once.

        Refuses: `NOT_FOUND`, `OWN_ACCOUNT`, `PERMISSION_NOT_YOURS`.
        """
        key = values(input, id="user")["id"]
        return UserPayload.of(await services.disable_user(session, key, _mine(info)))

    @mutation
    async def user_enable(
        info: Info, session: TenantSession, input: UserEnableInput
    ) -> UserPayload:
        """Let a disabled user sign in again. Refuses: `NOT_FOUND`, `PERMISSION_NOT_YOURS`."""
        key = values(input, id="user")["id"]
        return UserPayload.of(await services.enable_user(session, key, _mine(info)))

    @mutation
    async def role_create(
        info: Info, session: TenantSession, input: RoleCreateInput
    ) -> RolePayload:
        """Add a role. Nobody can give a permission that they don't have.

        Refuses: `INVALID_NAME`, `NAME_TAKEN`, `INVALID_PERMISSIONS`, `UNKNOWN_PERMISSION`,
        `PERMISSION_NOT_YOURS`.
        """
        return RolePayload.of(await services.create_role(session, _mine(info), **values(input)))

    @mutation
    async def role_update(
        info: Info, session: TenantSession, input: RoleUpdateInput
    ) -> RolePayload:
        """Change a role. Refuses what `roleCreate` refuses, `NOT_FOUND` and `STALE_VERSION`."""
        given = values(input, id="role")
        role = await services.update_role(session, given.pop("id"), _mine(info), **given)
        return RolePayload.of(role)

    @mutation
    async def role_delete(
        info: Info, session: TenantSession, input: RoleDeleteInput
    ) -> RoleDeletePayload:
        """Delete a role. Refuses: `NOT_FOUND`, `ROLE_IN_USE`, `PERMISSION_NOT_YOURS`."""
        key = values(input, id="role")["id"]
        return RoleDeletePayload.of(await services.delete_role(session, key, _mine(info)))

    @mutation
    async def partner_key_create(
        info: Info, session: TenantSession, input: PartnerKeyCreateInput
    ) -> PartnerKeyPayload:
        """Add a partner key; `secret` is shown in this answer only.

        Refuses: `INVALID_NAME`, `INVALID_PERMISSIONS`, `INVALID_EXPIRY`, `UNKNOWN_PERMISSION`,
        `PERMISSION_NOT_YOURS`.
        """
        made = await services.create_partner_key(session, _mine(info), **values(input))
        return _with_secret(*made)

    @mutation
    async def partner_key_update(
        info: Info, session: TenantSession, input: PartnerKeyUpdateInput
    ) -> PartnerKeyPayload:
        """Change a key's name, or whether it may run stored documents only.

        Refuses: `NOT_FOUND`, `STALE_VERSION`, `INVALID_NAME`, `PERMISSION_NOT_YOURS`.
        """
        given = values(input, id="partner_key")
        key = await services.update_partner_key(session, given.pop("id"), _mine(info), **given)
        return PartnerKeyPayload.of(key)

    @mutation
    async def partner_key_rotate(
        info: Info, session: TenantSession, input: PartnerKeyRotateInput
    ) -> PartnerKeyPayload:
        """Give a key a new secret; the old one is void at once.

        Refuses: `NOT_FOUND`, `KEY_REVOKED`, `PERMISSION_NOT_YOURS`.
        """
        key = values(input, id="partner_key")["id"]
        return _with_secret(*await services.rotate_partner_key(session, key, _mine(info)))

    @mutation
    async def partner_key_revoke(
        info: Info, session: TenantSession, input: PartnerKeyRevokeInput
    ) -> PartnerKeyPayload:
        """Shut a partner key out, for good. Refuses: `NOT_FOUND`, `PERMISSION_NOT_YOURS`."""
        key = values(input, id="partner_key")["id"]
        return PartnerKeyPayload.of(await services.revoke_partner_key(session, key, _mine(info)))

    @mutation
    async def tenant_settings_update(
        info: Info, session: TenantSession, input: TenantSettingsUpdateInput
    ) -> TenantSettingsPayload:
        """Change the tenant's settings.

        Refuses: `INVALID_NAME`, `INVALID_TIME_ZONE`, `INVALID_LOCALE`, `INVALID_COUNTRY`,
        `INVALID_DOMAIN`, `TOO_MANY_DOMAINS`,
        `REFERENCES_SHARED` if they must be unique from now on but aren't, and `NO_WAY_BACK` if
        only stored documents would run and none of them could change that.
        """
        given = values(input)
        if given.get("reference_policy") is not None:
            given["reference_policy"] = given["reference_policy"].value
        return TenantSettingsPayload.of(await services.update_settings(session, **given))


def _mine(info: Info) -> frozenset[str]:
    """What the caller may do, so may give."""
    return info.context.permissions


def _with_secret(key: PartnerKeyRow, secret: str) -> PartnerKeyPayload:
    payload = PartnerKeyPayload.of(key)
    payload.secret = secret
    return payload
