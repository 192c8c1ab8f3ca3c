"""The persons of a marking, some at a time: each gets an entry, and it is taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    DateTime,
    Select,
    Uuid,
    bindparam,
    func,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from core.files.models import File
from core.kit.ids import new_id
from core.kit.session import TenantSession
from plugins.people.events import ConsentsMarked, ConsentsUnmarked
from plugins.people.models import Consent, ConsentMark, ConsentMarking, Person
from plugins.people.rules.markings import AT_ONCE, MarkingState, MarkOutcome

#: What an entry repeats of the marking, or an undo of the entry before.
SAID = ("status", "medium", "purpose", "comment", "evidence_id")
#: What stands before that in an entry.
OF = ("tenant_id", "id", "person_id", "given_at", "recorded_at", "recorded_by", "is_undo")


async def mark_some(session: TenantSession, marking: ConsentMarking) -> int:
    """Record an entry for the next of the set; how many were looked at. None is the end."""
    some = await _next(session, marking, MarkOutcome.FROZEN)
    pairs = _pairs(await _lock(session, some))
    said = [literal(getattr(marking, name), Consent.__table__.c[name].type) for name in SAID]
    made = await _record(session, select(*_of(session, marking, pairs, False), *said))
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
    pairs = _pairs(await _lock(session, some))
    made = await _record(session, _before(session, marking, pairs))
    await _note(session, marking.id, made, MarkOutcome.UNDONE, "undo_id")
    await _note(session, marking.id, dict.fromkeys(set(some) - made.keys()), MarkOutcome.LEFT)
    marking.undone_count += len(made)
    marking.left_count += len(some) - len(made)
    if len(some) < AT_ONCE:
        marking.state = MarkingState.UNDONE.value
        await session.flush()
        await session.tell(ConsentsUnmarked(marking.id, marking.undone_count, marking.left_count))
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


def _pairs(persons: Sequence[UUID]) -> Any:
    """Each of the persons, with the id of the entry that they get."""
    of = bindparam("of", list(persons), ARRAY(Uuid))
    ids = bindparam("ids", [new_id() for _ in persons], ARRAY(Uuid))
    return func.unnest(of, ids).table_valued("person_id", "id").render_derived("pair")


def _of(session: TenantSession, marking: ConsentMarking, pairs: Any, is_undo: bool) -> list[Any]:
    """What an entry says besides what was said: whose it is, since when, by whom."""
    at = DateTime(timezone=True)
    return [
        literal(session.tenant_id, Uuid), pairs.c.id, pairs.c.person_id,
        literal(marking.given_at, at), literal(session.now, at),
        literal(session.user_id, Uuid), literal(is_undo, Boolean),
    ]  # fmt: skip


def _before(session: TenantSession, marking: ConsentMarking, pairs: Any) -> Select[Any]:
    """Entries that say what held before, of those whose ledger has not grown since."""
    mark = (ConsentMark.marking_id == marking.id) & (ConsentMark.person_id == pairs.c.person_id)
    since = (
        select(Consent.id)
        .where(
            Consent.tenant_id == session.tenant_id,
            Consent.person_id == ConsentMark.person_id,
            Consent.id > ConsentMark.consent_id,
        )
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
    said = [held.c[name] for name in SAID[1:]]
    return (
        select(*_of(session, marking, pairs, True), func.coalesce(held.c.status, "NONE"), *said)
        .select_from(pairs)
        .join(ConsentMark, mark)
        .outerjoin(held, true())
        .where(ConsentMark.tenant_id == session.tenant_id, ~since)
    )


async def _record(session: TenantSession, entries: Select[Any]) -> dict[UUID, UUID]:
    """Add entries to ledgers in one statement, which its trigger costs once; whose they are.

    Each holds a claim on its evidence.
    """
    rows = await session.execute(
        insert(Consent)
        .from_select([*OF, *SAID], entries, include_defaults=False)
        .returning(Consent.person_id, Consent.id, Consent.evidence_id)
    )
    made, claims = {}, Counter[UUID]()
    for person, key, evidence in rows:
        made[person] = key
        if evidence is not None:
            claims[evidence] += 1
    for file in sorted(claims):
        await session.execute(
            update(File).where(File.id == file).values(claims=File.claims + claims[file]),
            execution_options={"synchronize_session": False},
        )
    return made


async def _note(
    session: TenantSession,
    marking: UUID,
    entries: Mapping[UUID, UUID | None],
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
