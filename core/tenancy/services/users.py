"""Users: who may sign in to a tenant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from core.kit.errors import Refused
from core.kit.ids import new_id
from core.kit.session import TenantSession, check_version
from core.tenancy.credentials import digest
from core.tenancy.models import AccessToken, Login, User
from core.tenancy.passwords import PASSWORDS
from core.tenancy.rules import check_locale, check_password, login_of, name_of
from core.tenancy.services.access import access_changed, assign_roles, find_within_reach


async def create_user(
    session: TenantSession,
    giver: frozenset[str],
    *,
    login: str,
    name: str,
    password: str | None = None,
    locale: str | None = None,
    role_ids: Sequence[UUID] = (),
) -> User:
    """Add a user. Without a password they can't sign in yet."""
    user = User(id=new_id(), login=login_of(login), name=name_of(name), locale=locale)
    check_locale(locale)
    if password is not None:
        check_password(password, user.login)
        user.password_hash = await PASSWORDS.hash(password)
    await _take_login(session, user.login, user.id)
    session.add(user)
    await session.flush()
    await assign_roles(session, user, role_ids, giver)
    return user


async def update_user(
    session: TenantSession,
    user_id: UUID,
    giver: frozenset[str],
    *,
    version: int | None = None,
    role_ids: Sequence[UUID] | None = None,
    **changes: Any,
) -> User:
    """Change a user's login, name, locale or roles; what isn't given stays."""
    user = await find_within_reach(session, user_id, giver)
    check_version(user, version)
    if changes.get("login") is not None:
        await _rename(session, user, login_of(changes["login"]))
    if changes.get("name") is not None:
        user.name = name_of(changes["name"])
    if "locale" in changes:
        check_locale(changes["locale"])
        user.locale = changes["locale"]
    if role_ids is not None:
        await assign_roles(session, user, role_ids, giver)
    access_changed(session)
    return user


async def set_password(
    session: TenantSession, user_id: UUID, giver: frozenset[str], password: str
) -> User:
    """Give a user a new password; whoever is signed in as them no longer is."""
    user = await find_within_reach(session, user_id, giver)
    check_password(password, user.login)
    user.password_hash = await PASSWORDS.hash(password)
    await _end_tokens(session, user)
    return user


async def disable_user(session: TenantSession, user_id: UUID, giver: frozenset[str]) -> User:
    """Shut a user out at once; what they wrote keeps their name."""
    if user_id == session.user_id:
        raise Refused("OWN_ACCOUNT", "You can't disable yourself; ask somebody else.", "id")
    user = await find_within_reach(session, user_id, giver)
    user.disabled_at = user.disabled_at or session.now
    await _end_tokens(session, user)
    return user


async def enable_user(session: TenantSession, user_id: UUID, giver: frozenset[str]) -> User:
    """Let a disabled user sign in again."""
    user = await find_within_reach(session, user_id, giver)
    user.disabled_at = None
    return user


async def _rename(session: TenantSession, user: User, login: str) -> None:
    if login != user.login:
        own = Login.tenant_id == session.tenant_id, Login.login_hash == digest(user.login)
        await session.execute(delete(Login).where(*own))
        await _take_login(session, login, user.id)
        user.login = login


async def _take_login(session: TenantSession, login: str, user_id: UUID) -> None:
    """Make *login* the user's, refused if it is anybody's: it says for all tenants who it is."""
    taken = await session.execute(
        insert(Login)
        .values(login_hash=digest(login), tenant_id=session.tenant_id, user_id=user_id)
        .on_conflict_do_nothing()
        .returning(Login.user_id)
    )
    if taken.scalar_one_or_none() is None:
        raise Refused("LOGIN_TAKEN", f"The login '{login}' is taken.", "login")


async def _end_tokens(session: TenantSession, user: User) -> None:
    await session.execute(delete(AccessToken).where(AccessToken.user_id == user.id))
    access_changed(session)
