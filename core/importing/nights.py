"""At night: the rows of imports that nobody has touched for long are removed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from core.importing.models import ImportBatch, ImportedRow
from core.importing.rules.states import CLOSED_FROM, ImportState
from core.kit.jobs import Night, NightlyJob
from core.kit.session import TenantSession

#: Since anybody did anything with the import: so long it can be undone, and reported on.
ROWS_KEPT = timedelta(days=90)
#: Others wait for the next night.
AT_ONCE = 50


async def _close(session: TenantSession, night: Night) -> int:
    idle = (
        select(ImportBatch)
        .where(ImportBatch.state.in_(CLOSED_FROM), ImportBatch.updated_at < session.now - ROWS_KEPT)
        .order_by(ImportBatch.updated_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    rows = 0
    for batch in list(await session.scalars(idle)):
        gone = await session.execute(delete(ImportedRow).where(ImportedRow.batch_id == batch.id))
        rows += gone.rowcount  # type: ignore[attr-defined]
        batch.state = ImportState.CLOSED.value
    return rows


CLOSED = NightlyJob("core.imports", _close)
