"""What takes longer with persons than a request may: marking many, showing or erasing all."""

from __future__ import annotations

from uuid import UUID

from core.files import produced
from core.files.store import Store
from core.kit.background import BackgroundJob, Work
from core.kit.session import TenantSession
from core.kit.settings import get_settings
from plugins.people.rules.markings import AT_ONCE, MarkingState, require
from plugins.people.services import disclosing, erasing, freezing, markings, marks


async def _freeze(session: TenantSession, job: Work) -> bool:
    marking = await markings.held(session, UUID(job.arguments["marking"]))
    require(marking.state, MarkingState.FREEZING)
    some, was_last = await freezing.freeze_some(session, marking)
    job.done += some
    return was_last


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


async def _disclose(session: TenantSession, job: Work) -> bool:
    store, key = Store.of(get_settings()), UUID(job.arguments["person"])
    file = await disclosing.disclose(job, store, key)
    await produced.hold(session, file)
    job.file_id = file.id
    return True


async def _erase(session: TenantSession, job: Work) -> bool:
    store, key = Store.of(get_settings()), UUID(job.arguments["person"])
    also = job.arguments["alsoNamed"]
    erasure = await erasing.erase(session, job.modules, store, key, also, job.time_zone)
    job.counts = {each["table"]: each["rows"] for each in erasure.report["sections"]}
    return True


JOBS = [
    BackgroundJob(freezing.FREEZE, _freeze, requires="people.write"),
    BackgroundJob(markings.MARK, _mark, requires="people.write"),
    BackgroundJob(markings.UNDO, _undo, requires="people.write"),
    BackgroundJob(
        disclosing.DISCLOSE, _disclose, requires="people.export_personal_data", pausable=False
    ),
    BackgroundJob(erasing.ERASE, _erase, requires="people.erase", pausable=False),
]
