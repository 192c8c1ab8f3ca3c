"""Tables of tenants, users, roles and what opens the door: logins, tokens, partner keys."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, TenantOwned, Versioned, belongs_to
from core.kit.ids import new_id


class Tenant(Base):
    """A company that uses the gateway. Shared by all: it says who there is, nothing of theirs."""

    __tablename__ = "core_tenant"
    __table_args__ = (UniqueConstraint("slug"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str]
    name: Mapped[str]
    modules: Mapped[list[str]]
    #: IANA name; the tenant's evening and business days are in it.
    time_zone: Mapped[str] = mapped_column(server_default="Europe/Paris")
    #: ISO 639-1: fr or en.
    locale: Mapped[str] = mapped_column(server_default="fr")
    #: ISO 3166-1 alpha-2: how phone numbers without a prefix are read.
    country: Mapped[str] = mapped_column(server_default="FR")
    #: ISO 4217: of all amounts of the tenant.
    currency: Mapped[str] = mapped_column(server_default="EUR")
    #: Whether references must be unique: OFF, WARN or ENFORCE.
    reference_policy: Mapped[str] = mapped_column(server_default="WARN")
    #: Whether everybody who asks for it may run stored documents only.
    documents_only: Mapped[bool] = mapped_column(server_default="false")
    #: Where exports may be sent to, in lower case, as mail servers write them.
    export_domains: Mapped[list[str]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Login(Base):
    """Which tenant a login belongs to. Shared by all, so it keeps a hash and no name."""

    __tablename__ = "core_login"

    #: SHA-256 of the login in lower case.
    login_hash: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    user_id: Mapped[UUID]


class User(Entity, Versioned, Base):
    __tablename__ = "core_user"
    __table_args__ = (UniqueConstraint("tenant_id", "login"),)

    login: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str | None] = mapped_column(info={"secret": True})
    locale: Mapped[str | None]
    disabled_at: Mapped[datetime | None]


class Role(Entity, Versioned, Base):
    """A named set of permissions."""

    __tablename__ = "core_role"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "name",
            info={"refused": ("NAME_TAKEN", "There is already a role of that name.", "name")},
        ),
    )

    name: Mapped[str]
    permissions: Mapped[list[str]]


class UserRole(TenantOwned, Base):
    __tablename__ = "core_user_role"
    __table_args__ = (
        belongs_to("user_id", "core_user", ondelete="CASCADE"),
        belongs_to("role_id", "core_role", ondelete="CASCADE"),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    role_id: Mapped[UUID] = mapped_column(primary_key=True)


class AccessToken(TenantOwned, Base):
    """What a login gives; the token itself is not kept."""

    __tablename__ = "core_access_token"
    __table_args__ = (
        belongs_to("user_id", "core_user", ondelete="CASCADE"),
        Index(None, "tenant_id", "user_id"),
    )

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]


class PartnerKey(Entity, Versioned, Base):
    """A key of another program: hashed, and good for its scopes only."""

    __tablename__ = "core_partner_key"
    __table_args__ = (UniqueConstraint("tenant_id", "key_hash"),)

    name: Mapped[str]
    key_hash: Mapped[str] = mapped_column(info={"secret": True})
    #: The permissions it has.
    scopes: Mapped[list[str]]
    #: Whether it may run stored documents only, whatever the tenant's other callers may.
    documents_only: Mapped[bool] = mapped_column(server_default="false")
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
