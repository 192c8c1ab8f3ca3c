"""The rows that were refused as a file: corrected, it can be sent again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import select

from core.importing.models import ImportBatch
from core.importing.rules.headers import REPORT_HEADERS, plain
from core.importing.services.rows import AT_ONCE, ROW
from core.kit.session import TenantSession


def columns(batch: ImportBatch, language: str) -> tuple[list[int], list[str]]:
    """Which cells of a row the report has, and all its headers: why comes last."""
    ours = {plain(header) for both in REPORT_HEADERS.values() for header in both}
    places = [at for at, header in enumerate(batch.headers) if plain(header) not in ours]
    return places, [*(batch.headers[at] for at in places), *REPORT_HEADERS[language]]


async def lines(
    session: TenantSession, batch: ImportBatch, places: Sequence[int]
) -> AsyncIterator[list[list[Any]]]:
    """The refused rows, a few hundred at a time."""
    after = -1
    while True:
        found = (
            await session.execute(
                select(ROW.c.number, ROW.c.cells, ROW.c.problems)
                .where(
                    ROW.c.tenant_id == session.tenant_id,
                    ROW.c.batch_id == batch.id,
                    ROW.c.outcome == "REFUSED",
                    ROW.c.number > after,
                )
                .order_by(ROW.c.number)
                .limit(AT_ONCE)
            )
        ).all()
        if not found:
            return
        yield [_line(row, places, batch) for row in found]
        after = found[-1].number


def _line(row: Any, places: Sequence[int], batch: ImportBatch) -> list[Any]:
    cells = [row.cells[at] if at < len(row.cells) else None for at in places]
    return [*cells, row.number, "\n".join(_reason(each, batch) for each in row.problems or ())]


def _reason(problem: dict[str, Any], batch: ImportBatch) -> str:
    """Why, with the header of the cell that is wrong."""
    field = problem.get("field")
    if field in batch.mapping:
        return f"{batch.headers[batch.mapping.index(field)]}: {problem['message']}"
    return str(problem["message"])
