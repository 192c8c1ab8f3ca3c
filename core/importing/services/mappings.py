"""What the columns of files meant before, so that nobody says it twice."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.importing.models import ImportBatch, ImportMapping
from core.importing.rules import headers
from core.importing.rules.headers import Meanings
from core.kit.session import TenantSession


async def proposed(
    session: TenantSession, sheet: str, texts: Sequence[str], meanings: Meanings
) -> list[str]:
    """What each header means: as the last time that a file had these, or by its words."""
    kept = await session.scalar(
        select(ImportMapping.mapping).where(
            ImportMapping.sheet == sheet,
            ImportMapping.fingerprint == headers.fingerprint(texts),
        )
    )
    if kept is not None:
        return headers.recalled(texts, kept, meanings.keys)
    return meanings.proposed(texts)


async def remember(session: TenantSession, batch: ImportBatch) -> None:
    row = {
        "mapping": headers.remembered(batch.headers, batch.mapping),
        "used_at": session.now,
    }
    statement = insert(ImportMapping).values(
        tenant_id=session.tenant_id,
        sheet=batch.sheet,
        fingerprint=headers.fingerprint(batch.headers),
        **row,
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "sheet", "fingerprint"], set_=row
        )
    )
