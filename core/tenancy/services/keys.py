"""Partner keys: how other programs get in, each for its scopes only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from core.kit.errors import Refused
from core.kit.session import TenantSession, check_version
from core.tenancy.credentials import Kind, digest, draw
from core.tenancy.models import PartnerKey
from core.tenancy.rules import (
    EVERYTHING,
    check_expiry,
    check_grant,
    check_reach,
    name_of,
    permissions_of,
)
from core.tenancy.services.access import access_changed


async def create_partner_key(
    session: TenantSession,
    giver: frozenset[str],
    *,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
    documents_only: bool | None = None,
) -> tuple[PartnerKey, str]:
    """Add a key, and tell its secret: this once, as only its hash is kept."""
    granted = permissions_of(scopes, "scopes")
    if EVERYTHING in granted:
        raise Refused("UNKNOWN_PERMISSION", "Name each scope that the key needs.", "scopes")
    check_grant(granted, giver, "scopes")
    check_expiry(expires_at, session.now)
    secret = draw(Kind.PARTNER_KEY, session.tenant_id)
    key = PartnerKey(
        name=name_of(name),
        key_hash=digest(secret),
        scopes=granted,
        expires_at=expires_at,
        documents_only=bool(documents_only),
    )
    session.add(key)
    await session.flush()
    return key, secret


async def update_partner_key(
    session: TenantSession,
    key_id: UUID,
    giver: frozenset[str],
    *,
    version: int | None = None,
    name: str | None = None,
    documents_only: bool | None = None,
) -> PartnerKey:
    """Rename a key, or say whether it may run stored documents only; what isn't given stays."""
    key = await _find(session, key_id, giver)
    check_version(key, version)
    if name is not None:
        key.name = name_of(name)
    if documents_only is not None:
        key.documents_only = documents_only
    access_changed(session)
    return key


async def rotate_partner_key(
    session: TenantSession, key_id: UUID, giver: frozenset[str]
) -> tuple[PartnerKey, str]:
    """Give a key a new secret; the old one is void at once."""
    key = await _find(session, key_id, giver)
    if key.revoked_at is not None:
        raise Refused("KEY_REVOKED", "The key is revoked; create a new one.", "id")
    secret = draw(Kind.PARTNER_KEY, session.tenant_id)
    key.key_hash = digest(secret)
    access_changed(session)
    return key, secret


async def revoke_partner_key(
    session: TenantSession, key_id: UUID, giver: frozenset[str]
) -> PartnerKey:
    """Shut a key out, for good."""
    key = await _find(session, key_id, giver)
    key.revoked_at = key.revoked_at or session.now
    access_changed(session)
    return key


async def _find(session: TenantSession, key_id: UUID, giver: frozenset[str]) -> PartnerKey:
    key = await session.find(PartnerKey, key_id, "partner key", field="id", lock=True)
    check_reach(key.scopes, giver, "key", "id")
    return key
