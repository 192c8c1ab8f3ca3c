"""Draws the charts of a tenant's contacts up to an evening: only those that differ by now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, CursorResult, delete, select, text
from sqlalchemy.dialects.postgresql import insert

from core.charts.changes import to_draw
from core.charts.drawing import drawn, listed
from core.charts.models import Chart, ChartRun
from core.charts.rules import Window
from core.kit.charts import ChartSource
from core.kit.jobs import Progress, quietly
from core.kit.session import TenantSession

#: Contacts drawn in one statement.
BATCH = 5_000


async def draw(
    session: TenantSession,
    sources: Sequence[ChartSource],
    day: date,
    time_zone: ZoneInfo,
    progress: Progress = quietly,
) -> int:
    """Bring every chart up to the evening of *day*; how many were written or removed.

    A day before the last drawn one changes nothing: charts don't go back.
    """
    window = Window(day, time_zone)
    run = await session.scalar(select(ChartRun))
    if run is not None and run.day > day:
        return 0
    last = None if run is None else Window(run.day, time_zone)
    if run is not None and last is not None and last.closes != run.as_of:
        last = None  # The tenant has moved to another time zone: every day begins elsewhere.
    await _plan_for_many_rows(session)
    written = await _forget_others(session, [source.kind for source in sources])
    waiting = [(source, await to_draw(session, source, window, last)) for source in sources]
    total = sum(len(contacts) for _, contacts in waiting)
    done = 0
    progress(done, total)
    for source, contacts in waiting:
        for start in range(0, len(contacts), BATCH):
            batch = contacts[start : start + BATCH]
            written += await _draw(session, source, window, batch)
            done += len(batch)
            progress(done, total)
    await _remember(session, window)
    return written


async def _plan_for_many_rows(session: TenantSession) -> None:
    # PostgreSQL can't know how many facts a batch has; a nested loop over them never ends.
    for name, setting in (("enable_nestloop", "off"), ("work_mem", "64MB")):
        await session.execute(text(f"set local {name} = '{setting}'"))


async def _draw(
    session: TenantSession, source: ChartSource, window: Window, contacts: Sequence[UUID]
) -> int:
    statement = drawn(source, window, contacts, session.tenant_id)
    found = set(await session.scalars(statement))
    gone = [contact for contact in contacts if contact not in found]
    if not gone:
        return len(found)
    return len(found) + await _forget(
        session, Chart.kind == source.kind, listed(Chart.contact_id, gone)
    )


async def _forget_others(session: TenantSession, kinds: Sequence[str]) -> int:
    """Remove what modules that are off had drawn: it would be out of date once they are back."""
    return await _forget(session, Chart.kind.not_in(kinds))


async def _forget(session: TenantSession, *which: ColumnElement[bool]) -> int:
    statement = delete(Chart).where(*which).execution_options(synchronize_session=False)
    result = await session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount


async def _remember(session: TenantSession, window: Window) -> None:
    values = {
        "day": window.day,
        "as_of": window.closes,
        "stale_after": window.stale_after,
        "days": [day.isoformat() for day in window.days],
    }
    statement = insert(ChartRun).values(tenant_id=session.tenant_id, **values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["tenant_id"], set_=values)
    )
