"""Writing down whom a marking is for: at once, or by a job if they are many."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, insert, literal, select
from sqlalchemy.dialects.postgresql import insert as insert_from

from core.jobs.models import Job
from core.jobs.services import cancel, start_job
from core.kit.background import JobState
from core.kit.session import TenantSession
from plugins.people.models import ConsentMark, ConsentMarking, ConsentMarkingChoice, Person
from plugins.people.rules.markings import FROZEN_AT_ONCE, MarkingState

FREEZE = "people.freeze_marking"
#: Of a step of the job.
SOME = 5_000


async def freeze(
    session: TenantSession, marking: ConsentMarking, person_ids: Sequence[UUID]
) -> None:
    """Hold on to who was chosen, and write them down, or have it done."""
    if len(person_ids) <= FROZEN_AT_ONCE:
        marking.person_count = await _write(session, marking, person_ids)
        await session.flush()
        return
    starts = range(0, len(person_ids), SOME)
    await session.execute(
        insert(ConsentMarkingChoice),
        [
            {
                "tenant_id": session.tenant_id, "marking_id": marking.id, "place": start // SOME,
                "keys": list(person_ids[start : start + SOME]),
            }
            for start in starts
        ],
    )  # fmt: skip
    job = await start_job(session, FREEZE, {"marking": str(marking.id)}, len(person_ids))
    marking.state, marking.job_id = MarkingState.FREEZING.value, job.id
    await session.flush()


async def freeze_some(session: TenantSession, marking: ConsentMarking) -> tuple[int, bool]:
    """Write down the next of those who were chosen: how many, and whether they were the last."""
    waiting = select(ConsentMarkingChoice).where(ConsentMarkingChoice.marking_id == marking.id)
    some = list(await session.scalars(waiting.order_by(ConsentMarkingChoice.place).limit(2)))
    marking.person_count += await _write(session, marking, some[0].keys)
    await session.delete(some[0])
    if len(some) == 1:
        marking.state, marking.job_id = MarkingState.DRAFT.value, None
    return len(some[0].keys), len(some) == 1


async def stop(session: TenantSession, marking: ConsentMarking) -> None:
    """Have no more of them written down."""
    job = await session.scalar(select(Job).where(Job.id == marking.job_id))
    if job is not None and not JobState(job.state).is_over:
        await cancel(session, job.id, manages=True)


async def _write(session: TenantSession, marking: ConsentMarking, keys: Sequence[UUID]) -> int:
    """Behind those that the marking has; how many they are without those who are gone."""
    given = func.unnest(bindparam("persons", list(keys), ARRAY(Uuid)))
    chosen = given.table_valued("id", with_ordinality="position").render_derived()
    place = func.row_number().over(order_by=chosen.c.position) + marking.person_count
    rows = (
        select(
            Person.tenant_id, func.gen_random_uuid(), literal(marking.id, Uuid), Person.id, place
        )
        .join(chosen, chosen.c.id == Person.id)
        .where(Person.tenant_id == session.tenant_id, Person.erased_at.is_(None))
    )
    columns = ["tenant_id", "id", "marking_id", "person_id", "position"]
    made = await session.execute(
        insert_from(ConsentMark).from_select(columns, rows, include_defaults=False)
    )
    count: int = made.rowcount  # type: ignore[attr-defined]
    return count
