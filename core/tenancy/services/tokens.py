"""Access tokens: what a login gives, and what ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from core.kit.session import TenantSession
from core.tenancy.credentials import Kind, digest, draw
from core.tenancy.models import AccessToken, User
from core.tenancy.services.access import access_changed

LIFETIME = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """The only time that the token itself is seen."""

    token: str
    expires_at: datetime


async def issue_token(
    session: TenantSession, user_id: UUID, lifetime: timedelta = LIFETIME
) -> IssuedToken:
    """Let a user in. Their tokens that have expired are cleared away by the way."""
    await session.execute(
        delete(AccessToken).where(
            AccessToken.user_id == user_id, AccessToken.expires_at < session.now
        )
    )
    issued = IssuedToken(draw(Kind.TOKEN, session.tenant_id), session.now + lifetime)
    session.add(
        AccessToken(token_hash=digest(issued.token), user_id=user_id, expires_at=issued.expires_at)
    )
    await session.flush()
    return issued


async def sign_in(
    session: TenantSession, user_id: UUID, checked: str | None, lifetime: timedelta = LIFETIME
) -> IssuedToken | None:
    """A token for who knew the password with the hash *checked*, if it is still theirs."""
    # Locked: a password that changes at this moment must end this token too.
    statement = select(User).where(User.id == user_id, User.disabled_at.is_(None))
    user = await session.scalar(statement.with_for_update())
    if user is None or user.password_hash != checked:
        return None
    return await issue_token(session, user_id, lifetime)


async def end_token(session: TenantSession, token: str) -> bool:
    """End one token, if there is such a one."""
    ended = await session.execute(
        delete(AccessToken)
        .where(AccessToken.token_hash == digest(token))
        .returning(AccessToken.token_hash)
    )
    access_changed(session)
    return ended.scalar_one_or_none() is not None
