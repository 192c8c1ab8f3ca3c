"""What takes longer with persons than a request may: marking many of them."""

from __future__ import annotations

from uuid import UUID

from core.kit.background import BackgroundJob, Work
from core.kit.session import TenantSession
from plugins.people.rules.markings import AT_ONCE, MarkingState, require
from plugins.people.services import markings, marks


async def _mark(session: TenantSession, job: Work) -> bool:
    marking = await markings.held(session, UUID(job.arguments["marking"]))
    require(marking.state, MarkingState.MARKING)
    some = await marks.mark_some(session, marking)
    job.counts = {"marked": marking.marked_count, "skipped": marking.skipped_count}
    job.done += some
    return some < AT_ONCE


async def _undo(session: TenantSession, job: Work) -> bool:
    marking = await markings.held(session, UUID(job.arguments["marking"]))
    require(marking.state, MarkingState.UNDOING)
    some = await marks.undo_some(session, marking)
    job.counts = {"undone": marking.undone_count, "left": marking.left_count}
    job.done += some
    return some < AT_ONCE


JOBS = [
    BackgroundJob(markings.MARK, _mark, requires="people.write"),
    BackgroundJob(markings.UNDO, _undo, requires="people.write"),
]
