"""The audit log of what is forgotten: who wrote what and when, and nothing of what it said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from core.kit.audit import HIDDEN
from core.kit.db import Base
from core.kit.session import TenantSession
from core.kit.tables import AuditEntry
from core.personal.texts import is_text

_QUIETLY = {"synchronize_session": False}


async def blank(session: TenantSession, row_type: str, keys: Sequence[UUID]) -> int:
    """Leave in the audit log of these rows who wrote them and when, and nothing that they said."""
    if not keys:
        return 0
    rows = await session.execute(
        select(AuditEntry.id, AuditEntry.changes).where(
            AuditEntry.row_type == row_type, AuditEntry.row_id.in_(keys)
        )
    )
    count = 0
    for key, changes in rows:
        after = {name: _hidden(row_type, name, both) for name, both in changes.items()}
        if after != changes:
            await rewrite(session, key, after)
            count += 1
    return count


def _hidden(row_type: str, name: str, both: Any) -> Any:
    """Texts, and what is no column of the row: it may be anything."""
    column = Base.metadata.tables[row_type].c.get(name)
    if column is not None and not (is_text(column) or column.computed is not None):
        return both
    return [None if value is None else HIDDEN for value in both]


async def rewrite(session: TenantSession, key: UUID, changes: dict[str, Any]) -> None:
    await session.execute(
        update(AuditEntry).where(AuditEntry.id == key).values(changes=changes),
        execution_options=_QUIETLY,
    )
