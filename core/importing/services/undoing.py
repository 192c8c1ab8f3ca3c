"""What an import has written is taken back, but for what somebody has changed since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from core.importing.services import rows as kept
from core.importing.services.rows import ROW
from core.kit import bulk
from core.kit.importing import ImportRow, Part, Remark
from core.kit.session import TenantSession


async def undo_rows(
    session: TenantSession, parts: Sequence[Part], found: Sequence[Any]
) -> tuple[int, int]:
    """Take back what these rows have written; how many were, and how many are left."""
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
    await bulk.update_rows(
        session, ROW, [{"id": key, "kept": remark.shown()} for key, remark in left.items()]
    )
    return len(gone), len(left)


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
