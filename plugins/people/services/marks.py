"""The persons of a marking, some at a time: each gets an entry, and it is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, select, true, update
from sqlalchemy.dialects.postgresql import insert

from core.files.models import File
from core.kit.ids import new_id
from core.kit.session import TenantSession
from plugins.people.events import ConsentsMarked, ConsentsUnmarked
from plugins.people.models import Consent, ConsentMark, ConsentMarking, Person
from plugins.people.rules.markings import AT_ONCE, MarkingState, MarkOutcome

#: What an entry repeats of the marking, or an undo of the entry before.
SAID = ("status", "medium", "purpose", "comment", "evidence_id")


async def mark_some(session: TenantSession, marking: ConsentMarking) -> int:
    """Record an entry for the next of the set; how many were looked at. None is the end."""
    some = await _next(session, marking, MarkOutcome.FROZEN)
    there = await _lock(session, some)
    said = {name: getattr(marking, name) for name in SAID}
    entries = [_entry(session, person, marking.given_at, **said) for person in there]
    await _record(session, entries)
    made = {entry["person_id"]: entry["id"] for entry in entries}
    await _note(session, marking.id, made, MarkOutcome.MARKED, "consent_id")
    await _note(session, marking.id, dict.fromkeys(set(some) - made.keys()), MarkOutcome.SKIPPED)
    marking.marked_count += len(made)
    marking.skipped_count += len(some) - len(made)
    if len(some) < AT_ONCE:
        marking.state = MarkingState.MARKED.value
        await session.flush()
        await session.tell(ConsentsMarked(marking.id, marking.status, marking.marked_count))
    return len(some)


async def undo_some(session: TenantSession, marking: ConsentMarking) -> int:
    """Take back the next of the entries that were made; how many were looked at."""
    some = await _next(session, marking, MarkOutcome.MARKED)
    there = await _lock(session, some)
    found = await _before(session, marking, there)
    entries = [
        _entry(session, person, marking.given_at, **before, is_undo=True)
        for person, before in found.items()
    ]
    await _record(session, entries)
    made = {entry["person_id"]: entry["id"] for entry in entries}
    await _note(session, marking.id, made, MarkOutcome.UNDONE, "undo_id")
    await _note(session, marking.id, dict.fromkeys(set(some) - made.keys()), MarkOutcome.LEFT)
    marking.undone_count += len(made)
    marking.left_count += len(some) - len(made)
    if len(some) < AT_ONCE:
        marking.state = MarkingState.UNDONE.value
        await session.flush()
        counts = marking.undone_count, marking.left_count
        await session.tell(ConsentsUnmarked(marking.id, *counts))
    return len(some)


async def _next(
    session: TenantSession, marking: ConsentMarking, outcome: MarkOutcome
) -> list[UUID]:
    own = ConsentMark.marking_id == marking.id, ConsentMark.outcome == outcome.value
    some = select(ConsentMark.person_id).where(*own).order_by(ConsentMark.person_id).limit(AT_ONCE)
    return list(await session.scalars(some))


async def _lock(session: TenantSession, persons: Sequence[UUID]) -> list[UUID]:
    """Those that are there and not erased; nobody erases or deletes them until this is over."""
    rows = await session.scalars(
        select(Person.id)
        .where(Person.id.in_(persons), Person.erased_at.is_(None))
        .order_by(Person.id)
        .with_for_update(key_share=True)
    )
    return list(rows)


def _entry(
    session: TenantSession, person: UUID, given_at: datetime | None, **said: Any
) -> dict[str, Any]:
    return {
        "tenant_id": session.tenant_id, "id": new_id(), "person_id": person, "given_at": given_at,
        "recorded_at": session.now, "recorded_by": session.user_id, "is_undo": False, **said,
    }  # fmt: skip


async def _record(session: TenantSession, entries: Sequence[dict[str, Any]]) -> None:
    """Add entries to ledgers; each holds a claim on its evidence."""
    if not entries:
        return
    await session.execute(insert(Consent), list(entries))
    claims: dict[UUID, int] = {}
    for entry in entries:
        if entry["evidence_id"] is not None:
            claims[entry["evidence_id"]] = claims.get(entry["evidence_id"], 0) + 1
    for file in sorted(claims):
        await session.execute(
            update(File).where(File.id == file).values(claims=File.claims + claims[file]),
            execution_options={"synchronize_session": False},
        )


async def _before(
    session: TenantSession, marking: ConsentMarking, persons: Sequence[UUID]
) -> dict[UUID, dict[str, Any]]:
    """What held before for each, but for those whose ledger has grown since."""
    since = (
        select(Consent.id)
        .where(Consent.person_id == ConsentMark.person_id, Consent.id > ConsentMark.consent_id)
        .exists()
    )
    held = (
        select(Consent)
        .where(
            Consent.tenant_id == session.tenant_id,
            Consent.person_id == ConsentMark.person_id,
            Consent.id != ConsentMark.consent_id,
            Consent.given_at <= marking.given_at,
        )
        .order_by(Consent.given_at.desc(), Consent.id.desc())
        .limit(1)
        .correlate(ConsentMark)
        .lateral("held")
    )
    rows = await session.execute(
        select(ConsentMark.person_id, *(held.c[name] for name in SAID))
        .select_from(ConsentMark)
        .outerjoin(held, true())
        .where(
            ConsentMark.marking_id == marking.id, ConsentMark.person_id.in_(persons), ~since
        )
    )  # fmt: skip
    found = {row.person_id: {name: getattr(row, name) for name in SAID} for row in rows}
    for before in found.values():
        before["status"] = before["status"] or "NONE"
    return found


async def _note(
    session: TenantSession,
    marking: UUID,
    entries: dict[UUID, UUID | None],
    outcome: MarkOutcome,
    column: str | None = None,
) -> None:
    """Say on each person of the set what became of them."""
    if not entries:
        return
    of = bindparam("of", list(entries), ARRAY(Uuid))
    by = bindparam("by", list(entries.values()), ARRAY(Uuid))
    pairs = func.unnest(of, by).table_valued("person_id", "entry_id").render_derived()
    values: dict[str, Any] = {"outcome": outcome.value}
    if column is not None:
        values[column] = pairs.c.entry_id
    await session.execute(
        update(ConsentMark)
        .where(ConsentMark.marking_id == marking, ConsentMark.person_id == pairs.c.person_id)
        .values(**values),
        execution_options={"synchronize_session": False},
    )
