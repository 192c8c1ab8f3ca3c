"""Users as lines of a spreadsheet."""

from __future__ import annotations

from sqlalchemy import Text, cast, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from core.kit.db import owned
from core.kit.sheets import Column, Kind, Sheet
from core.tenancy.models import Role, User, UserRole
from core.tenancy.schema import USER_ORDERS, UserFilter

_roles = (
    select(func.string_agg(Role.name, aggregate_order_by(cast(", ", Text), Role.name)))
    .join(UserRole, UserRole.role_id == Role.id)
    .where(owned(Role.__table__), owned(UserRole.__table__), UserRole.user_id == User.id)
)

USERS = Sheet(
    name="users",
    french="Utilisateurs",
    english="Users",
    model=User,
    requires="tenancy.read",
    columns=(
        Column("login", "Identifiant", "Login", User.login),
        Column("name", "Nom", "Name", User.name),
        Column("roles", "Rôles", "Roles", _roles),
        Column("locale", "Langue", "Language", User.locale),
        Column("disabledAt", "Désactivé le", "Disabled at", User.disabled_at, Kind.INSTANT),
        Column("createdAt", "Créé le", "Created at", User.created_at, Kind.INSTANT),
        Column("updatedAt", "Modifié le", "Updated at", User.updated_at, Kind.INSTANT),
    ),
    order_by=[User.login],
    filters=UserFilter,
    orders=USER_ORDERS,
)
