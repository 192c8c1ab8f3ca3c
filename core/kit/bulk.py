"""Many rows by one statement: what is said row by row elsewhere, said of all of them at once.

Triggers that look at what a statement wrote run once; the audit has its entry per row all the
same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, Table, Text, Uuid, bindparam, cast, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import ColumnElement

from core.kit import audit
from core.kit.ids import new_id
from core.kit.session import TenantSession
from core.kit.tables import AuditEntry

Values = Mapping[str, Any]


async def insert_rows(session: TenantSession, table: Any, rows: Sequence[Values]) -> None:
    """Add *rows*, which all have the same columns; the tenant is the session's."""
    if not rows:
        return
    names = list(rows[0])
    given: Any = select(
        bindparam("tenant", session.tenant_id, type_=Uuid), *(_unnested(table, n) for n in names)
    )
    statement = insert(table).from_select(["tenant_id", *names], given)
    await session.execute(statement, _columns(table, names, rows))


async def update_rows(
    session: TenantSession, table: Any, rows: Sequence[Values], *, key: str = "id"
) -> None:
    """Write the columns that *rows* have, by their *key*; all have the same columns."""
    if not rows:
        return
    names = list(rows[0])
    given = select(*(_unnested(table, n) for n in names)).subquery("given")
    statement = (
        update(table)
        .where(
            table.c.tenant_id == bindparam("tenant", session.tenant_id, type_=Uuid),
            table.c[key] == given.c[key],
        )
        .values({n: given.c[n] for n in names if n != key})
    )
    await session.execute(
        statement,
        _columns(table, names, rows),
        execution_options={"synchronize_session": False},
    )


def stamped(session: TenantSession) -> dict[str, Any]:
    """What rows say of who changed them, and when."""
    return {"updated_at": session.now, "updated_by": session.user_id}


def created(session: TenantSession) -> dict[str, Any]:
    """What new rows say of who made them, and when."""
    return {"created_at": session.now, "created_by": session.user_id, **stamped(session)}


async def write_audit(session: TenantSession, entries: Iterable[Values]) -> None:
    """Note what was written: ``action``, ``row_type``, ``row_id``, ``root_id``, ``changes``."""
    actor = session.actor
    who = {
        "at": session.now,
        "user_id": actor.user_id,
        "actor": actor.name,
        "channel": actor.channel.value,
    }
    await insert_rows(
        session, AuditEntry.__table__, [{"id": new_id(), **who, **entry} for entry in entries]
    )


def audited(
    action: str, table: Any, key: UUID, root: UUID | None, changes: Mapping[str, Sequence[Any]]
) -> dict[str, Any]:
    """One entry, of plain values."""
    return {
        "action": action,
        "row_type": table.name,
        "row_id": key,
        "root_id": root,
        "changes": {name: [audit.plain(value) for value in both] for name, both in changes.items()},
    }


def _unnested(table: Table, name: str) -> ColumnElement[Any]:
    type_ = table.c[name].type
    if isinstance(type_, JSONB):  # as text: an array of arrays would be taken apart
        return cast(func.unnest(bindparam(f"given_{name}", type_=ARRAY(Text))), JSONB).label(name)
    return func.unnest(bindparam(f"given_{name}", type_=ARRAY(type_))).label(name)


def _columns(table: Table, names: Sequence[str], rows: Sequence[Values]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in names:
        values = [row[name] for row in rows]
        if isinstance(table.c[name].type, JSONB):
            values = [None if v is None else orjson.dumps(v).decode() for v in values]
        found[f"given_{name}"] = values
    return found
