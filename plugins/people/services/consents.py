"""The ledger of consents: entries are added, and what they say is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, case, func, select
from sqlalchemy.dialects.postgresql import array

from core.files.services import claim
from core.kit.ids import new_id
from core.kit.session import TenantSession
from plugins.people import rules
from plugins.people.events import ConsentRecorded
from plugins.people.models import Consent, Person
from plugins.people.services import persons


async def record(
    session: TenantSession,
    person_id: UUID,
    status: str,
    given_at: datetime | None = None,
    evidence_id: UUID | None = None,
    **given: Any,
) -> Consent:
    """Add an entry to a person's ledger; nothing that stands there is touched."""
    kept = rules.consent(given)
    since = rules.given_at(given_at, session.now)
    person = await session.find(Person, person_id, "person", field="personId")
    rules.known(person.erased_at, "personId")
    if evidence_id is not None:
        await claim(session, evidence_id, "evidenceId")
    entry = Consent(
        id=new_id(),
        person_id=person.id,
        status=status,
        evidence_id=evidence_id,
        given_at=since,
        recorded_at=session.now,
        recorded_by=session.user_id,
        **kept,
    )
    session.add(entry)
    await session.flush()
    await session.tell(ConsentRecorded(person.id, person.contact_id, status))
    return entry


_reasons: list[Any] = [
    case((Person.erased_at.is_not(None), "ERASED")),
    case((func.coalesce(Person.email, "") == "", "NO_ADDRESS")),
    case((Person.consent_status == "REFUSED", "REFUSED")),
    case((~Person.receives_marketing, "OPTED_OUT")),
]
#: ``rules.barriers`` as the database says it: all that keeps marketing mail from a person.
MARKETING_BARRIERS: ColumnElement[Any] = func.array_remove(
    array(_reasons, type_=Text), None, type_=ARRAY(Text)
)


async def marketing_barriers(
    session: TenantSession, person_ids: Sequence[UUID]
) -> dict[UUID, list[str]]:
    """For each of the persons that are there, all that keeps marketing mail from them.

    Ask again in the transaction that sends: consent may have been taken back meanwhile.
    """
    rows = await session.execute(
        select(Person.id, MARKETING_BARRIERS).where(Person.id.in_(person_ids))
    )
    return {key: list(barriers) for key, barriers in rows}


async def opt_out(session: TenantSession, person_id: UUID, comment: str) -> None:
    """Somebody wants no more marketing mail, and said so by the link in one; twice is once.

    The switch says what holds, the ledger when and how it was said: who flips the switch back
    has not got their consent by that.
    """
    locked = select(Person).where(Person.id == person_id).with_for_update()
    person = await session.scalar(locked.execution_options(populate_existing=True))
    if person is None or person.erased_at is not None:  # nobody is left to write to
        return
    if person.consent_status != "REFUSED":
        await record(session, person.id, "REFUSED", medium="CLICK", comment=comment)
    if person.receives_marketing:
        await persons.update(session, person.id, None, receives_marketing=False)
