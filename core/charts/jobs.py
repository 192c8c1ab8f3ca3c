"""The nightly job that draws the charts."""

from __future__ import annotations

from core.charts.services import draw
from core.kit.jobs import Night, NightlyJob
from core.kit.session import TenantSession


async def _run(session: TenantSession, night: Night) -> int:
    sources = night.modules.chart_sources()
    return await draw(session, sources, night.day, night.time_zone, night.progress)


CHARTS = NightlyJob("charts", _run)
