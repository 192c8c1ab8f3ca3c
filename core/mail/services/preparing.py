"""Writing down who a mailing goes to: at once, or by a job if they are many."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from uuid import UUID

from sqlalchemy import insert, select

from core.jobs.models import Job
from core.jobs.services import cancel, start_job
from core.kit.background import JobState
from core.kit.modules import Modules
from core.kit.session import TenantSession
from core.mail.audiences import CONTACT
from core.mail.models import Mailing, MailingChoice
from core.mail.rules.states import MailingState, topic
from core.mail.services.freezing import Freezer

PREPARE = "core.prepare_mailing"
#: So many are written down by the mutation itself.
AT_ONCE = 2_000
#: Of a step of the job.
SOME = 1_000


async def freeze(
    session: TenantSession, modules: Modules, mailing: Mailing, type_: str, keys: Sequence[UUID]
) -> None:
    """Hold on to who was chosen, and write them down, or have it done."""
    if len(keys) <= AT_ONCE:
        await _write(Freezer(session, modules, mailing), type_, keys)
        return
    starts = range(0, len(keys), SOME)
    await session.execute(
        insert(MailingChoice),
        [
            {
                "tenant_id": session.tenant_id, "mailing_id": mailing.id, "place": place,
                "chosen_type": type_, "keys": list(keys[start : start + SOME]),
            }
            for place, start in zip(count(1), starts, strict=False)
        ],
    )  # fmt: skip
    job = await start_job(session, PREPARE, {"mailing": str(mailing.id)}, len(keys))
    mailing.state, mailing.job_id = MailingState.PREPARING.value, job.id
    await session.flush()


async def prepare_some(
    session: TenantSession, modules: Modules, key: UUID, already: int
) -> tuple[int, bool]:
    """Write down the next of those who were chosen, behind those who are.

    How many they are, and whether they were the last.
    """
    mailing = await session.find(Mailing, key, "mailing", field="id", lock=True)
    waiting = select(MailingChoice).where(MailingChoice.mailing_id == key)
    some = list(await session.scalars(waiting.order_by(MailingChoice.place).limit(2)))
    freezer = Freezer(session, modules, mailing, already)
    await _write(freezer, some[0].chosen_type, some[0].keys)
    await session.delete(some[0])
    if len(some) == 1:
        mailing.state = MailingState.DRAFT.value
    session.announce(topic(key))
    return len(some[0].keys), len(some) == 1


async def stop(session: TenantSession, mailing: Mailing) -> None:
    """Have no more of them written down."""
    job = await session.scalar(select(Job).where(Job.id == mailing.job_id))
    if job is not None and not JobState(job.state).is_over:
        await cancel(session, job.id, manages=True)


async def _write(freezer: Freezer, type_: str, keys: Sequence[UUID]) -> None:
    if type_ == CONTACT:
        await freezer.freeze_contacts(keys)
    else:
        await freezer.freeze([(type_, key) for key in keys])
