"""Many rows by one statement: what is said row by row elsewhere, said of all of them at once.

Triggers that look at what a statement wrote run once; the audit has its entry per row all the
same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, Table, Text, Uuid, bindparam, cast, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import ColumnElement

from core.kit.audit import plain
from core.kit.ids import new_id
from core.kit.session import TenantSession
from core.kit.tables import AuditEntry

Values = Mapping[str, Any]
NOTHING: Values = {}


class Json(str):
    """What a column of the kind is given, written as JSON already."""

    __slots__ = ()


async def insert_rows(
    session: TenantSession, table: Any, rows: Sequence[Values], same: Values = NOTHING
) -> None:
    """Add *rows*, which all have the same columns; the tenant is the session's.

    What all of them have alike is said once, by *same*: the driver looks at each value it sends.
    """
    if not rows:
        return
    columns = _columns(table, rows)
    given: Any = select(
        bindparam("tenant", session.tenant_id, type_=Uuid),
        *columns.said.values(),
        *(_alike(table, name, value) for name, value in same.items()),
    )
    statement = insert(table).from_select(["tenant_id", *columns.said, *same], given)
    await session.execute(statement, columns.given)


async def update_rows(
    session: TenantSession,
    table: Any,
    rows: Sequence[Values],
    same: Values = NOTHING,
    *,
    key: str = "id",
) -> None:
    """Write the columns that *rows* have, by their *key*; all have the same columns.

    What all of them get alike is said once, by *same*.
    """
    if not rows:
        return
    columns = _columns(table, rows, key)
    given = select(*columns.said.values()).subquery("given")
    statement = (
        update(table)
        .where(
            table.c.tenant_id == bindparam("tenant", session.tenant_id, type_=Uuid),
            table.c[key] == given.c[key],
        )
        .values(
            {n: given.c[n] for n in columns.said if n != key}
            | {n: _alike(table, n, value) for n, value in same.items()}
        )
    )
    await session.execute(
        statement,
        columns.given,
        execution_options={"synchronize_session": False},
    )


async def plan_by_size(session: TenantSession) -> None:
    """Statements of this transaction are planned as PostgreSQL sees fit, not once for all: how
    best to write a thousand rows depends on how many rows there are."""
    await session.execute(text("set local plan_cache_mode = auto"))


async def commit_soon(session: TenantSession) -> None:
    """This transaction is over before the disk has it: it may be lost, whole, in a crash.

    Only for a step of a job, which notes in the same transaction how far it is: what is lost is
    done again. What is committed after it waits for the disk, as ever, and so for this one, too.
    """
    await session.execute(text("set local synchronous_commit = off"))


async def commit_now(session: TenantSession) -> None:
    """Once this transaction is over, the disk has it, and all that was before it."""
    await session.execute(text("set local synchronous_commit = on"))


async def gather_words(session: TenantSession) -> None:
    """Indexes of words put more in its place at a time, until this transaction is over.

    For many rows in turn: of thousands of words, each place is looked for once. Meanwhile
    searches, which read what waits, take some milliseconds longer.
    """
    await session.execute(text("set local gin_pending_list_limit = 1024"))


@asynccontextmanager
async def planned_anew(session: TenantSession) -> AsyncIterator[None]:
    """Statements within are planned for what there is now.

    A plan that was made while a table had nothing in it is kept until somebody counts its rows
    again: then each value looked for would be sought in all that has come since.
    """
    before = await session.scalar(text("select current_setting('plan_cache_mode')"))
    await session.execute(text("set local plan_cache_mode = force_custom_plan"))
    yield
    await session.execute(text(f"set local plan_cache_mode = {before}"))


def stamped(session: TenantSession) -> dict[str, Any]:
    """What rows say of who changed them, and when."""
    return {"updated_at": session.now, "updated_by": session.user_id}


def created(session: TenantSession) -> dict[str, Any]:
    """What new rows say of who made them, and when."""
    return {"created_at": session.now, "created_by": session.user_id, **stamped(session)}


async def write_audit(session: TenantSession, entries: Iterable[Values]) -> None:
    """Note what was written: what :func:`audited` has made of it."""
    actor = session.actor
    who = {
        "at": session.now,
        "user_id": actor.user_id,
        "actor": actor.name,
        "channel": actor.channel.value,
    }
    await insert_rows(session, AuditEntry.__table__, list(entries), who)


def audited(
    action: str, table: Any, key: UUID, root: UUID | None, changes: Mapping[str, Sequence[Any]]
) -> dict[str, Any]:
    """One entry. It can be made in another thread, while the database is busy."""
    shown = {name: [plain(before), plain(after)] for name, (before, after) in changes.items()}
    return {
        "id": new_id(),
        "action": action,
        "row_type": table.name,
        "row_id": key,
        "root_id": root,
        "changes": Json(_json(shown)),
    }


def _alike(table: Table, name: str, value: Any) -> ColumnElement[Any]:
    return bindparam(f"same_{name}", value, type_=table.c[name].type)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


@dataclass
class _Columns:
    """The columns of some rows, as a statement says them, and what is given for them."""

    said: dict[str, ColumnElement[Any]] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)


def _columns(table: Table, rows: Sequence[Values], key: str | None = None) -> _Columns:
    """All columns of *rows*. One in which all are alike is given as one value.

    The driver looks at each value it sends, and the database at each it is sent.
    """
    found = _Columns()
    for name in rows[0]:
        type_: Any = table.c[name].type
        values = [row[name] for row in rows]
        is_json = isinstance(type_, JSONB)
        if is_json:  # as text: an array of arrays would be taken apart
            type_ = Text()
            values = [v if v is None or type(v) is Json else _json(v) for v in values]
        said: Any = bindparam(f"given_{name}", type_=type_)
        if name == key or not _are_alike(values):
            said = func.unnest(bindparam(f"given_{name}", type_=ARRAY(type_)))
            found.given[f"given_{name}"] = values
        else:
            found.given[f"given_{name}"] = values[0]
        found.said[name] = (cast(said, JSONB) if is_json else said).label(name)
    return found


def _are_alike(values: Sequence[Any]) -> bool:
    """Whether several values are one and the same; what is only as large (1, 1.0, true) isn't."""
    first = values[0]
    return (
        len(values) > 1
        and isinstance(first, str | UUID | None)
        and all(value == first for value in values)
    )
