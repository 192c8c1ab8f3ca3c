"""The rows that were refused as a file: corrected, it can be sent again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import func, select

from core.importing.models import ImportBatch
from core.importing.rules.headers import REPORT_HEADERS, plain
from core.importing.services.rows import AT_ONCE, ROW
from core.importing.wording import reason
from core.kit.session import TenantSession


async def columns(
    session: TenantSession, batch: ImportBatch, language: str
) -> tuple[list[int], list[str]]:
    """Which cells of a row the report has, and all its headers.

    Why comes behind what has a header, and last what has none: cells of rows that are too long.
    """
    ours = {plain(header) for both in REPORT_HEADERS.values() for header in both}
    places = [at for at, header in enumerate(batch.headers) if plain(header) not in ours]
    widest = await session.scalar(
        select(func.max(func.jsonb_array_length(ROW.c.cells))).where(*_refused(session, batch))
    )
    beyond = (widest or 0) - len(batch.headers)
    headers = [*(batch.headers[at] for at in places), *REPORT_HEADERS[language]]
    return places, headers + [""] * beyond


def _refused(session: TenantSession, batch: ImportBatch) -> tuple[Any, ...]:
    return (
        ROW.c.tenant_id == session.tenant_id,
        ROW.c.batch_id == batch.id,
        ROW.c.outcome == "REFUSED",
    )


async def lines(
    session: TenantSession, batch: ImportBatch, places: Sequence[int], language: str
) -> AsyncIterator[list[list[Any]]]:
    """The refused rows, a few hundred at a time."""
    after = -1
    while True:
        found = (
            await session.execute(
                select(ROW.c.number, ROW.c.cells, ROW.c.problems)
                .where(*_refused(session, batch), ROW.c.number > after)
                .order_by(ROW.c.number)
                .limit(AT_ONCE)
            )
        ).all()
        if not found:
            return
        yield [_line(row, places, batch, language) for row in found]
        after = found[-1].number


def _line(row: Any, places: Sequence[int], batch: ImportBatch, language: str) -> list[Any]:
    cells = [row.cells[at] if at < len(row.cells) else None for at in places]
    why = "\n".join(_reason(each, row.cells, batch, language) for each in row.problems or ())
    return [*cells, row.number, why, *row.cells[len(batch.headers) :]]


def _reason(
    problem: dict[str, Any], cells: Sequence[str], batch: ImportBatch, language: str
) -> str:
    """Why, with the header of the cell that is wrong."""
    field = problem.get("field")
    at = batch.mapping.index(field) if field in batch.mapping else None
    header = None if at is None else batch.headers[at]
    cell = cells[at] if at is not None and at < len(cells) else ""
    return reason(language, problem["code"], problem["message"], header, cell)
