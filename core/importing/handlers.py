"""When a job ends before its import has, the import says where it stands."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.importing.models import ImportBatch
from core.importing.rules.states import CUT_SHORT, READ, ImportState
from core.importing.services import rows
from core.kit.background import JobState
from core.kit.session import TenantSession


async def job_ended(session: TenantSession, event: Any) -> None:
    if event.kind not in CUT_SHORT or event.state == JobState.SUCCEEDED:
        return
    batch = await session.scalar(
        select(ImportBatch).where(ImportBatch.job_id == event.job_id).with_for_update()
    )
    if batch is None:
        return
    batch.state = CUT_SHORT[event.kind].value
    if event.kind == READ:
        batch.problem = {
            "code": "READING_FAILED" if event.state == JobState.FAILED else "CANCELLED",
            "message": "The file was not read to its end. Import it again.",
        }
    elif batch.state == ImportState.STOPPED:
        await rows.count(session, batch)
        if not batch.counts.get("written"):  # it may be checked anew, or forgotten
            batch.state = ImportState.CHECKED.value
