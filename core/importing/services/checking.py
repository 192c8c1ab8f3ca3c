"""The dry run: what each row would do, and what is wrong with it. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from core.importing.models import ImportBatch
from core.importing.rules.headers import Meanings, is_again, is_report, said_by
from core.importing.rules.states import ImportState
from core.importing.services import rows as kept
from core.importing.services.ahead import BY_NUMBER, Alone, Following, look_ahead
from core.importing.services.rows import ROW
from core.importing.services.sheets import Importer
from core.kit import bulk
from core.kit.background import Work
from core.kit.importing import ImportRow, Outcome, Part, Remark
from core.kit.session import TenantSession
from core.kit.sheets import is_cut

#: Rows of the file that mean the same row of the database.
_TWINS = text("""
    select id, reference, case when number = first then last else first end as other from (
      select id, number, reference, count(*) over same as many,
             min(number) over same as first, max(number) over same as last
      from core_import_row
      where tenant_id = :tenant and batch_id = :batch and reference is not null
        and outcome <> 'REFUSED'
      window same as (partition by reference)
    ) rows where many > 1
""")


async def check_rows(
    session: TenantSession,
    batch: ImportBatch,
    parts: Sequence[Part],
    meanings: Meanings,
    work: Work | Alone,
) -> int:
    """Look at the next rows of the file; how many there were."""
    found = await Following(session, batch, parts, BY_NUMBER).take(work)
    await bulk.plan_by_size(session)
    rows = [row.on_its_way() for row in found]
    columns = said_by(batch.headers, batch.mapping, meanings)
    for row, stored in zip(rows, found, strict=True):
        _check_width(row, stored.texts, batch)
        if is_again(stored.texts, columns):
            row.refuse("HEADERS_AGAIN", "The row says the headers once more.")
        row.notes += [
            Remark("CELL_CUT", "An export had to cut this text: it is left as it is.", key or None)
            for key, cell in zip(batch.mapping, stored.texts, strict=False)
            if is_cut(cell)
        ]
    for part in parts:
        await part.look(session, rows)
    look_ahead(work)
    await kept.keep_looks(session, rows)
    return len(found)


def _check_width(row: ImportRow, cells: Sequence[str], batch: ImportBatch) -> None:
    """A text file's row that is longer than the headers has its cells in the wrong places."""
    beyond = [cell for cell in cells[len(batch.headers) :] if cell.strip()]
    if not beyond:
        return
    many = f"{len(beyond)} cells" if len(beyond) > 1 else "A cell"
    # A report of refused rows has what was too much behind its reasons.
    if batch.worksheet is None or is_report(batch.headers):
        row.refuse(
            "ROW_TOO_LONG",
            f"{many} more than there are headers. Put texts that have the separator in them "
            "between quotation marks.",
        )
    else:
        row.notes.append(Remark("CELLS_WITHOUT_HEADER", f"{many} without a header: left out."))


async def settle(session: TenantSession, batch: ImportBatch, importer: Importer) -> None:
    """Look at all rows together: two that mean the same, and what hangs on what."""
    await kept.refuse(session, await _twins(session, batch, importer))
    part = importer.parts[0][0]
    settled = await part.settle(session, batch.id)
    await kept.refuse(session, settled.refused)
    turns = [
        {"id": key, "turn": turn}
        for key, turn in settled.turns.items()
        if turn and key not in settled.refused
    ]
    for at in range(0, len(turns), kept.AT_ONCE):
        await bulk.update_rows(session, ROW, turns[at : at + kept.AT_ONCE])
    await kept.count(session, batch)
    batch.state, batch.checked_at = ImportState.CHECKED.value, session.now


async def _twins(
    session: TenantSession, batch: ImportBatch, importer: Importer
) -> dict[Any, Remark]:
    identity = importer.parts[0][0].identity
    found = await session.execute(_TWINS, {"tenant": session.tenant_id, "batch": batch.id})
    return {
        row.id: Remark(
            "DUPLICATE_IN_FILE",
            f"Row {row.other} is about '{row.reference[:40]}' as well: leave one of them.",
            identity,
        )
        for row in found
    }


def outcomes(rows: Sequence[ImportRow]) -> dict[str, int]:
    return {outcome.value: sum(r.outcome is outcome for r in rows) for outcome in Outcome}
