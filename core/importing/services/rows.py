"""The rows of a batch, hundreds at a time: as they are kept, and as they go through its parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select, text, tuple_

from core.exporting.rules import restored
from core.importing.models import ImportBatch, ImportedRow
from core.importing.rules.cells import stripped
from core.kit import bulk
from core.kit.importing import ImportRow, Remark
from core.kit.session import TenantSession
from core.kit.sheets import is_cut

#: Looked at, written and committed together.
AT_ONCE = 1000
ROW: Any = ImportedRow.__table__
_UNDO = ("id", "number", "turn", "outcome", "target_id", "changes", "before", "versions")


async def last_written(
    session: TenantSession, batch: ImportBatch, before: Sequence[int] | None
) -> Sequence[Any]:
    """Rows that were written and not taken back, the last first."""
    statement = select(*(ROW.c[name] for name in _UNDO)).where(
        ROW.c.tenant_id == session.tenant_id,
        ROW.c.batch_id == batch.id,
        ROW.c.written_at.is_not(None),
        ROW.c.undone_at.is_(None),
    )
    if before is not None:
        statement = statement.where(tuple_(ROW.c.turn, ROW.c.number) < tuple_(*before))
    order = (ROW.c.turn.desc(), ROW.c.number.desc())
    return (await session.execute(statement.order_by(*order).limit(AT_ONCE))).all()


def written_before(kept: Any) -> ImportRow:
    """A row as it is undone."""
    return ImportRow(
        kept.id,
        kept.number,
        {},
        kept.target_id,
        is_new=kept.outcome == "CREATED",
        changes=changes_of(kept.changes),
        before=kept.before or {},
        versions=kept.versions or {},
    )


def changes_of(kept: Sequence[Any] | None) -> dict[str, list[str | None]]:
    """By field; they are kept as a list, because they have an order."""
    return {key: both for key, *both in kept or ()}


def cells_of(
    texts: Sequence[str], mapping: Sequence[str], clear_word: str
) -> dict[str, str | None]:
    """What a row says, by column; None for the word that clears. A blank cell says nothing.

    Nor does one that an export had to cut: what it is the beginning of would be lost.
    """
    found: dict[str, str | None] = {}
    for key, cell in zip(mapping, texts, strict=False):
        if key and (said := stripped(restored(cell))) and not is_cut(said):
            found[key] = None if said == clear_word else said
    return found


def shown(remarks: Sequence[Remark]) -> list[dict[str, Any]] | None:
    return [remark.shown() for remark in remarks] or None


async def keep_looks(session: TenantSession, rows: Sequence[ImportRow]) -> None:
    """Write down what the parts have said of rows."""
    await bulk.update_rows(
        session,
        ROW,
        [
            {
                "id": row.id,
                "outcome": row.outcome.value,
                "problems": shown(row.problems),
                "notes": shown(row.notes),
                "changes": [[key, *both] for key, both in row.changes.items()] or None,
                "target_id": row.target_id,
                "reference": row.reference,
                "parent_reference": row.parent_reference,
                "parent_id": row.parent_id,
            }
            for row in rows
        ],
        {"turn": 0},
    )


_REFUSE = text("""
    update core_import_row r
    set outcome = 'REFUSED', problems = coalesce(r.problems, '[]') || cast(given.problem as jsonb)
    from unnest(cast(:ids as uuid[]), cast(:problems as text[])) given (id, problem)
    where r.tenant_id = :tenant and r.id = given.id
""")


async def refuse(session: TenantSession, refused: dict[UUID, Remark]) -> None:
    """Refuse rows, for what they say themselves or not, for one thing more."""
    given = [(key, orjson.dumps(remark.shown()).decode()) for key, remark in refused.items()]
    for at in range(0, len(given), AT_ONCE):
        ids, problems = zip(*given[at : at + AT_ONCE], strict=True)
        await session.execute(
            _REFUSE, {"tenant": session.tenant_id, "ids": [*ids], "problems": [*problems]}
        )


async def count(session: TenantSession, batch: ImportBatch) -> None:
    """Say in the batch how many rows came to what."""
    found: Counter[str] = Counter()
    kept = ROW.c.kept.is_not(None) & ROW.c.undone_at.is_(None)
    rows = await session.execute(
        select(
            ROW.c.outcome,
            func.count(),
            func.count(ROW.c.written_at),
            func.count(ROW.c.undone_at),
            func.count().filter(kept),
        )
        .where(ROW.c.tenant_id == session.tenant_id, ROW.c.batch_id == batch.id)
        .group_by(ROW.c.outcome)
    )
    for outcome, number, written, undone, left in rows:
        if outcome is not None:
            found[outcome] += number
        found.update(written=written, undone=undone, kept=left)
    batch.counts = {name: number for name, number in found.items() if number}
