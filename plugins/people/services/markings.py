"""Marking many: a list is frozen, its count confirmed, one entry recorded for each, and undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.files.services import claim, release
from core.jobs.models import Job
from core.jobs.services import start_job
from core.kit.background import JobState
from core.kit.errors import Refused
from core.kit.ids import new_id
from core.kit.session import TenantSession, check_version
from plugins.people import rules
from plugins.people.models import ConsentMarking
from plugins.people.rules.markings import (
    AT_ONCE,
    UNDO_LASTS,
    MarkingState,
    confirmed,
    few_enough,
    in_window,
    require,
)
from plugins.people.services import freezing
from plugins.people.services.marks import mark_some, undo_some

MARK, UNDO = "people.mark_consents", "people.undo_consents"


async def freeze(
    session: TenantSession,
    person_ids: Sequence[UUID],
    status: str,
    given_at: datetime | None = None,
    evidence_id: UUID | None = None,
    **given: Any,
) -> ConsentMarking:
    """Write down whom it would be recorded for, in that order, and record nothing yet."""
    few_enough(len(person_ids))
    kept = rules.consent(given)
    if given_at is not None:
        rules.given_at(given_at, session.now)
    if evidence_id is not None:
        await claim(session, evidence_id, "evidenceId")
    marking = ConsentMarking(
        id=new_id(), status=status, given_at=given_at, evidence_id=evidence_id,
        state=MarkingState.DRAFT.value, person_count=0, **kept,
    )  # fmt: skip
    session.add(marking)
    await session.flush()
    await freezing.freeze(session, marking, person_ids)
    return marking


async def apply(
    session: TenantSession, key: UUID, confirm_count: int, version: int | None
) -> ConsentMarking:
    """Record it for exactly those who were frozen: at once, or by a job if they are many."""
    marking = await _held(session, key, version)
    require(marking.state, MarkingState.DRAFT)
    confirmed(marking.person_count, confirm_count)
    marking.state, marking.undo_until = MarkingState.MARKING.value, session.now + UNDO_LASTS
    marking.given_at = marking.given_at or session.now
    marking.applied_at, marking.applied_by = session.now, session.user_id
    await session.flush()
    if marking.person_count > AT_ONCE:
        await _start(session, marking, MARK, marking.person_count)
    else:
        await mark_some(session, marking)
    return marking


async def undo(session: TenantSession, key: UUID, version: int | None) -> ConsentMarking:
    """Record again what held before, but for those of whom somebody has recorded more since."""
    marking = await _held(session, key, version)
    require(marking.state, MarkingState.MARKED, MarkingState.MARKING, MarkingState.UNDOING)
    await _let_finish(session, marking)
    in_window(marking.undo_until, session.now)
    marking.state = MarkingState.UNDOING.value
    marking.undone_at, marking.undone_by = session.now, session.user_id
    await session.flush()
    if marking.marked_count > AT_ONCE:
        await _start(session, marking, UNDO, marking.marked_count)
    else:
        await undo_some(session, marking)
    return marking


async def forget(session: TenantSession, key: UUID, version: int | None) -> UUID:
    """Forget a marking that was never applied."""
    marking = await _held(session, key, version)
    require(marking.state, MarkingState.DRAFT, MarkingState.FREEZING)
    if marking.state == MarkingState.FREEZING:
        await freezing.stop(session, marking)
    if marking.evidence_id is not None:
        await release(session, marking.evidence_id)
    await session.delete(marking)
    return key


async def held(session: TenantSession, key: UUID) -> ConsentMarking:
    """The marking, as it is once it is this transaction's."""
    return await _held(session, key, None)


async def _start(session: TenantSession, marking: ConsentMarking, kind: str, total: int) -> None:
    job = await start_job(session, kind, {"marking": str(marking.id)}, total)
    marking.job_id = job.id


async def _let_finish(session: TenantSession, marking: ConsentMarking) -> None:
    """Refuse while a job is at it; one that was cancelled, or has failed, is at it no more."""
    if marking.state == MarkingState.MARKED or marking.job_id is None:
        return
    state = await session.scalar(select(Job.state).where(Job.id == marking.job_id))
    if state is not None and not JobState(state).is_over:
        message = f"A job is {state} with it. Cancel the job first, or let it end."
        raise Refused("WRONG_STATE", message, "id")


async def _held(session: TenantSession, key: UUID, version: int | None) -> ConsentMarking:
    marking = await session.find(ConsentMarking, key, "consent marking", field="id", lock=True)
    check_version(marking, version)
    return marking
