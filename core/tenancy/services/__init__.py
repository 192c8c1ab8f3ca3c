"""What can be done to tenants, users, roles, tokens and partner keys."""

from core.tenancy.services.access import ACCESS_CHANGED
from core.tenancy.services.keys import (
    create_partner_key,
    revoke_partner_key,
    rotate_partner_key,
    update_partner_key,
)
from core.tenancy.services.roles import create_role, delete_role, update_role
from core.tenancy.services.settings import update_settings
from core.tenancy.services.tenants import create_administrator, create_tenant
from core.tenancy.services.tokens import IssuedToken, end_token, issue_token, sign_in
from core.tenancy.services.users import (
    create_user,
    disable_user,
    enable_user,
    set_password,
    update_user,
)

__all__ = [
    "ACCESS_CHANGED",
    "IssuedToken",
    "create_administrator",
    "create_partner_key",
    "create_role",
    "create_tenant",
    "create_user",
    "delete_role",
    "disable_user",
    "enable_user",
    "end_token",
    "issue_token",
    "revoke_partner_key",
    "rotate_partner_key",
    "set_password",
    "sign_in",
    "update_partner_key",
    "update_role",
    "update_settings",
    "update_user",
]
