"""What is done with missions and their types."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from core.contacts.models import Contact
from core.custom_fields.moving import carry_values
from core.custom_fields.typed import Given
from core.custom_fields.values import put_values
from core.kit.errors import NotFound, Refused
from core.kit.keys import sort_key
from core.kit.session import TenantSession, check_version
from plugins.missions import rules
from plugins.missions.custom import MISSIONS
from plugins.missions.events import (
    MissionCancelled,
    MissionCompleted,
    MissionCreated,
    MissionLate,
    MissionRescheduled,
    MissionStatusChanged,
)
from plugins.missions.models import (
    ContactActivity,
    Mission,
    MissionCounter,
    MissionStatusChange,
    MissionType,
)
from plugins.missions.rules import MissionStatus


async def create_type(session: TenantSession, name: str, colour: str) -> MissionType:
    name = rules.checked_type_name(name)
    made = MissionType(name=name, name_key=sort_key(name), colour=rules.checked_colour(colour))
    session.add(made)
    await session.flush()
    return made


async def update_type(
    session: TenantSession, key: UUID, version: int | None, changes: dict[str, Any]
) -> MissionType:
    found = await session.find(MissionType, key, "mission type", field="id")
    check_version(found, version)
    if "name" in changes:
        found.name = rules.checked_type_name(changes["name"])
        found.name_key = sort_key(found.name)
    if "colour" in changes:
        found.colour = rules.checked_colour(changes["colour"] or "")
    return found


async def create(
    session: TenantSession,
    contact_id: UUID,
    type_id: UUID,
    *,
    reference: str | None = None,
    planned_start: datetime | None = None,
    planned_end: datetime | None = None,
    custom: Sequence[Given] = (),
    **details: Any,
) -> Mission:
    """Add a mission: SCHEDULED if it has a planned start, else NEW."""
    await _check_contact(session, contact_id)
    await session.find(MissionType, type_id, "mission type", field="typeId")
    rules.check_span(planned_start, planned_end, "PLANNED_END", "plannedEnd")
    details = rules.checked_details(details)
    mission = Mission(
        contact_id=contact_id,
        type_id=type_id,
        reference=rules.checked_reference(reference)
        if reference is not None
        else await _next_reference(session),
        status=rules.status_when_planned(MissionStatus.NEW, planned_start),
        planned_start=planned_start,
        planned_end=planned_end,
        **details,
    )
    session.add(mission)
    await session.flush()
    _keep_history(session, mission, None)
    await _count(session, mission, missions=1, amount=mission.amount_excl_tax)
    if custom:
        await put_values(session, MISSIONS, mission, custom)
    await session.tell(
        MissionCreated(mission.id, contact_id, mission.reference, str(mission.status))
    )
    return mission


async def update(
    session: TenantSession,
    key: UUID,
    version: int | None,
    changes: dict[str, Any],
    custom: Sequence[Given] = (),
) -> Mission:
    """Change what is given; new planned dates may change the status too."""
    mission = await _locked(session, key, version)
    amount = mission.amount_excl_tax or Decimal(0)
    if "type_id" in changes:
        found = await session.find(MissionType, changes["type_id"], "mission type", field="typeId")
        if found.id != mission.type_id:
            await carry_values(session, MISSIONS, mission.id, mission.type_id, found.id)
        mission.type_id = found.id
    if custom:
        await put_values(session, MISSIONS, mission, custom)
    if "reference" in changes:
        _refer(mission, changes["reference"])
    _happen(mission, changes)
    for field, value in rules.checked_details(changes).items():
        setattr(mission, field, value)
    status, anew = _plan(mission, changes)
    if not session.is_modified(mission):
        return mission
    if status != mission.status:
        await _become(session, mission, status, None)
    await _count(session, mission, amount=(mission.amount_excl_tax or Decimal(0)) - amount)
    if anew:
        start, end = mission.planned_start, mission.planned_end
        await session.tell(MissionRescheduled(mission.id, mission.contact_id, start, end))
    return mission


async def set_status(
    session: TenantSession,
    key: UUID,
    to: MissionStatus,
    reason: str | None = None,
    version: int | None = None,
) -> Mission:
    mission = await _locked(session, key, version)
    rules.check_transition(mission.status, to, mission.planned_start)
    if to == MissionStatus.CANCELLED:
        mission.cancel_reason = reason = rules.checked_reason(reason)
    if to == MissionStatus.UNSCHEDULED:
        mission.planned_start = mission.planned_end = None
        mission.late_start = False
    await _become(session, mission, to, reason)
    return mission


async def refuse_archiving(session: TenantSession, contact_id: UUID) -> None:
    """Refuse if the contact has missions that are neither done nor cancelled."""
    open_ones = await session.scalar(
        select(func.count()).where(
            Mission.contact_id == contact_id, Mission.status.in_(sorted(rules.OPEN))
        )
    )
    if open_ones:
        raise Refused(
            "OPEN_MISSIONS", f"The contact has {open_ones} open missions; see 'force'.", "force"
        )


async def _become(
    session: TenantSession, mission: Mission, to: MissionStatus, reason: str | None
) -> None:
    """Give *mission* a status that may follow its own, and say so."""
    before = MissionStatus(mission.status)
    mission.status = to
    begins = to == MissionStatus.STARTED and mission.actual_start is None  # not: goes on
    if begins:
        mission.actual_start = session.now
        mission.late_start = rules.is_late(mission.planned_start, session.now)
    if to in rules.COMPLETED:
        mission.actual_end = session.now
        mission.late_finish = rules.is_late(mission.planned_end, session.now)
    await session.flush()
    _keep_history(session, mission, before, reason)
    await _count(session, mission)
    await session.tell(MissionStatusChanged(mission.id, mission.contact_id, str(before), str(to)))
    if begins and mission.late_start:
        await session.tell(_late(mission, "START"))
    if to in rules.COMPLETED and mission.late_finish:
        await session.tell(_late(mission, "FINISH"))
    if to in rules.COMPLETED:
        with_issues = to == MissionStatus.COMPLETED_WITH_ISSUES
        await session.tell(MissionCompleted(mission.id, mission.contact_id, with_issues))
    if to == MissionStatus.CANCELLED:
        await session.tell(MissionCancelled(mission.id, mission.contact_id, reason or ""))


def _plan(mission: Mission, changes: dict[str, Any]) -> tuple[MissionStatus, bool]:
    """Give *mission* its new plan: the status that goes with it, and whether it had another."""
    before = mission.planned_start, mission.planned_end
    start = changes.get("planned_start", mission.planned_start)
    # Without a start there is no end either.
    end = changes.get("planned_end", mission.planned_end if start else None)
    if (start, end) == before:
        return MissionStatus(mission.status), False
    rules.check_span(start, end, "PLANNED_END", "plannedEnd")
    status = rules.status_when_planned(mission.status, start)
    mission.planned_start, mission.planned_end = start, end
    anew = before[0] is not None and start is not None
    mission.rescheduled = mission.rescheduled or anew
    mission.late_start = False  # it has not begun, and is due at another time
    return status, anew


def _refer(mission: Mission, given: str | None) -> None:
    reference = rules.checked_reference(given)
    if reference != mission.reference and mission.status in rules.BEGUN:
        raise Refused(
            "REFERENCE_FROZEN", "The reference of a mission that has begun stays.", "reference"
        )
    mission.reference = reference


def _late(mission: Mission, what: str) -> MissionLate:
    return MissionLate(mission.id, mission.contact_id, mission.reference, what)


def _happen(mission: Mission, changes: dict[str, Any]) -> None:
    """Correct when *mission* really began and ended."""
    if not changes.keys() & {"actual_start", "actual_end"}:
        return
    start = changes.get("actual_start", mission.actual_start)
    end = changes.get("actual_end", mission.actual_end)
    rules.check_happened(mission.status, start, end)
    mission.actual_start, mission.actual_end = start, end
    mission.late_start = start is not None and rules.is_late(mission.planned_start, start)
    mission.late_finish = end is not None and rules.is_late(mission.planned_end, end)


async def _locked(session: TenantSession, key: UUID, version: int | None) -> Mission:
    mission = await session.find(Mission, key, "mission", field="id", lock=True)
    check_version(mission, version)
    return mission


async def _check_contact(session: TenantSession, key: UUID) -> None:
    """The contact is there, and is not archived before this transaction ends."""
    contact = await session.scalar(
        select(Contact).where(Contact.id == key).with_for_update(read=True)
    )
    if contact is None:
        raise NotFound("contact", key, "contactId")
    if contact.archived_at is not None:
        raise Refused("CONTACT_ARCHIVED", f"{contact.name} is archived.", "contactId")


async def _next_reference(session: TenantSession) -> str:
    """The next that nobody has chosen by hand; others wait until this transaction ends."""
    count = (
        insert(MissionCounter)
        .values(tenant_id=session.tenant_id, last=1)
        .on_conflict_do_update(
            index_elements=[MissionCounter.tenant_id], set_={"last": MissionCounter.last + 1}
        )
        .returning(MissionCounter.last)
    )
    while True:
        reference = rules.automatic_reference((await session.execute(count)).scalar_one())
        if not await session.scalar(select(Mission.id).where(Mission.reference == reference)):
            return reference


def _keep_history(
    session: TenantSession, mission: Mission, before: str | None, reason: str | None = None
) -> None:
    session.add(
        MissionStatusChange(
            mission_id=mission.id,
            at=session.now,
            by_id=session.user_id,
            before=before,
            after=mission.status,
            reason=reason,
        )
    )


async def _count(
    session: TenantSession, mission: Mission, missions: int = 0, amount: Decimal | None = None
) -> None:
    """Keep the contact's roll-up: *mission* was written now, and this much has been added."""
    row = insert(ContactActivity).values(
        tenant_id=session.tenant_id,
        contact_id=mission.contact_id,
        last_mission_at=session.now,
        mission_count=missions,
        amount_excl_tax=amount or Decimal(0),
    )
    kept, given = ContactActivity, row.excluded
    await session.execute(
        row.on_conflict_do_update(
            index_elements=[kept.tenant_id, kept.contact_id],
            set_={
                "last_mission_at": func.greatest(kept.last_mission_at, given.last_mission_at),
                "mission_count": kept.mission_count + given.mission_count,
                "amount_excl_tax": kept.amount_excl_tax + given.amount_excl_tax,
            },
        )
    )
