"""Rows are written, some hundreds in a transaction, if they do what the dry run has shown."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError

from core.importing.models import ImportBatch
from core.importing.services import rows as kept
from core.importing.services.ahead import BY_TURN, Alone, Following, Ready, look_ahead
from core.importing.services.rows import ROW
from core.kit import bulk
from core.kit.background import Work
from core.kit.errors import Refused, RefusedTogether
from core.kit.importing import ImportRow, Part
from core.kit.session import TenantSession

#: What the database looks at when a transaction ends, it looks at now: then it says which rows.
_NOW, _LATER = "set constraints all immediate", "set constraints all deferred"


async def apply_rows(
    session: TenantSession, batch: ImportBatch, parts: Sequence[Part], work: Work | Alone
) -> tuple[int, int]:
    """Write the next rows that wait for it; how many were written, and how many refused."""
    waiting = ROW.c.outcome.in_(("CREATED", "CHANGED")) & ROW.c.written_at.is_(None)
    found = await Following(session, batch, parts, BY_TURN, waiting).take(work)
    await bulk.gather_words(session)
    await bulk.plan_by_size(session)  # from here on; the next rows are best found by their index
    written, refused = await _apply(session, parts, found, work)
    await _keep_written(session, written)
    await kept.keep_looks(session, refused)
    return len(written), len(refused)


async def _apply(
    session: TenantSession, parts: Sequence[Part], found: Sequence[Ready], work: Work | Alone
) -> tuple[list[ImportRow], list[ImportRow]]:
    """Rows that were written, and refused ones. Where one can't be written, the others are."""
    if not found:
        return [], []
    try:
        async with session.begin_nested():
            return await _try(session, parts, found, work)
    except (IntegrityError, DataError, Refused, RefusedTogether) as error:
        if len(found) == 1:
            return [], [_refused(found[0].on_its_way(), error)]
    half = len(found) // 2
    first = await _apply(session, parts, found[:half], work)
    second = await _apply(session, parts, found[half:], work)
    return first[0] + second[0], first[1] + second[1]


async def _try(
    session: TenantSession, parts: Sequence[Part], found: Sequence[Ready], work: Work | Alone
) -> tuple[list[ImportRow], list[ImportRow]]:
    rows = [row.on_its_way() for row in found]
    for part in parts:
        await part.look(session, rows, lock=True)
    for row, stored in zip(rows, found, strict=True):
        _check_same(row, stored)
    ready = [row for row in rows if not row.problems]
    look_ahead(work)
    for part in parts:
        await part.write(session, ready)
    await session.flush()
    await session.execute(text(_NOW))
    await session.execute(text(_LATER))
    return ready, [row for row in rows if row.problems]


def _check_same(row: ImportRow, stored: Ready) -> None:
    """Refuse to write over what somebody has changed since the dry run."""
    if row.problems:
        return
    if row.outcome.value != stored.outcome or row.changes != stored.changes:
        row.refuse(
            "CHANGED_SINCE",
            "Somebody has changed this since the check: the row would do something else now. "
            "Check the file again.",
        )


def _refused(row: ImportRow, error: Exception) -> ImportRow:
    if isinstance(error, Refused | RefusedTogether):
        row.refused_by(error)
    else:
        row.refuse("NOT_WRITTEN", "The database refuses this row. Check the file again.")
    return row


async def _keep_written(session: TenantSession, rows: Sequence[ImportRow]) -> None:
    await bulk.update_rows(
        session,
        ROW,
        [
            {
                "id": row.id,
                "before": row.before or None,
                "versions": row.versions or None,
                "target_id": row.target_id,
            }
            for row in rows
        ],
        {"written_at": session.now},
    )
