"""Storing documents and removing them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core.documents.models import StoredDocument
from core.documents.rules import WAY_BACK, check_count, digest_of, leads_back
from core.kit.errors import Refused
from core.kit.session import TenantSession
from core.tenancy.models import Tenant
from core.tenancy.rules import name_of

#: In a session's ``info``: once it is committed, texts of the tenant must be read anew.
DOCUMENTS_CHANGED = "core.documents.changed"


async def add_document(
    session: TenantSession, *, text: str, name: str, example_variables: dict[str, Any] | None = None
) -> StoredDocument:
    """Store a text that has been checked against the tenant's schema."""
    # Locked: two at once would both be the last that fits, or both find no way back.
    await _settings(session)
    check_count(await session.scalar(select(func.count()).select_from(StoredDocument)) or 0)
    document = StoredDocument(
        digest=digest_of(text), name=name_of(name), text=text, example_variables=example_variables
    )
    session.add(document)
    await session.flush()
    return document


async def remove_document(session: TenantSession, key: UUID) -> StoredDocument:
    """Remove a document; whoever may run stored ones only can't run it any more."""
    settings = await _settings(session)
    document = await session.find(StoredDocument, key, "stored document", field="id", lock=True)
    if settings.documents_only and leads_back(document.text):
        await check_way_back(session, "id", without=key)
    await session.delete(document)
    session.info[DOCUMENTS_CHANGED] = True
    return document


async def check_way_back(
    session: TenantSession, field: str, *, without: UUID | None = None
) -> None:
    """Refuse to shut everybody out: one stored document must lead back."""
    found = select(StoredDocument.id).where(
        func.strpos(StoredDocument.text, WAY_BACK) > 0, StoredDocument.id.is_distinct_from(without)
    )
    if await session.scalar(found.limit(1)) is None:
        raise Refused(
            "NO_WAY_BACK",
            f"Store a document that calls {WAY_BACK} first, or nobody could undo this.",
            field,
        )


async def _settings(session: TenantSession) -> Tenant:
    found = await session.get(Tenant, session.tenant_id, with_for_update=True)
    assert found is not None, "who asks has a tenant"
    return found
