"""What an import has written is taken back, but for what somebody has changed since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError

from core.importing.services import rows as kept
from core.importing.services.rows import ROW
from core.kit import bulk
from core.kit.errors import Refused, RefusedTogether
from core.kit.importing import ImportRow, Part, Remark
from core.kit.session import TenantSession


async def undo_rows(
    session: TenantSession, parts: Sequence[Part], found: Sequence[Any]
) -> tuple[int, int]:
    """Take back what these rows have written; how many were, and how many are left.

    Where one can't be, because what it would give back refers to something that is no more, the
    others are.
    """
    if not found:
        return 0, 0
    try:
        async with session.begin_nested():
            return await _undo(session, parts, found)
    except (IntegrityError, DataError, Refused, RefusedTogether) as error:
        if len(found) == 1:
            await _keep_left(session, {found[0].id: _refusal(error)})
            return 0, 1
    half = len(found) // 2
    first = await undo_rows(session, parts, found[:half])
    second = await undo_rows(session, parts, found[half:])
    return first[0] + second[0], first[1] + second[1]


def _refusal(error: Exception) -> Remark:
    why = error.message if isinstance(error, Refused) else "The database refuses it."
    return Remark("NOT_TAKEN_BACK", f"What was there before can't be given back: {why}")


async def _undo(
    session: TenantSession, parts: Sequence[Part], found: Sequence[Any]
) -> tuple[int, int]:
    rows = [kept.written_before(row) for row in found]
    left = await _in_the_way(session, parts, rows)
    gone = [row for row in rows if row.id not in left]
    for part in reversed(parts):
        await part.undo(session, gone)
    await session.flush()
    await session.execute(text("set constraints all immediate"))
    await session.execute(text("set constraints all deferred"))
    await bulk.update_rows(
        session, ROW, [{"id": row.id, "undone_at": session.now, "kept": None} for row in gone]
    )
    await _keep_left(session, left)
    return len(gone), len(left)


async def _keep_left(session: TenantSession, left: dict[UUID, Remark]) -> None:
    await bulk.update_rows(
        session, ROW, [{"id": key, "kept": remark.shown()} for key, remark in left.items()]
    )


async def _in_the_way(
    session: TenantSession, parts: Sequence[Part], rows: Sequence[ImportRow]
) -> dict[UUID, Remark]:
    """Why some rows stay. One that stays may keep others, so that they are asked until none is."""
    accounted = frozenset().union(*(part.accounts for part in parts))
    left: dict[UUID, Remark] = {}
    while True:
        asked = [row for row in rows if row.id not in left]
        found: dict[UUID, Remark] = {}
        for part in parts:
            found = await part.in_the_way(session, asked, accounted) | found
        if not found:
            return left
        left |= found
