"""Whose a note or an opportunity is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.kit.session import TenantSession
from core.tenancy.models import User


async def owner_of(session: TenantSession, given: Mapping[str, Any]) -> UUID | None:
    """The user named by ``owner_id``; who writes when nobody is named, nobody for null."""
    key = given.get("owner_id", session.user_id)
    if key is None:
        return None
    return (await session.find(User, key, "user", field="ownerId")).id
