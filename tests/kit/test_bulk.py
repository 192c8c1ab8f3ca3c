"""How statements about many rows are planned, and until when."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from core.kit.bulk import plan_by_size, planned_anew
from tests.cast import Tenant

MODE = text("select current_setting('plan_cache_mode')")


async def test_what_is_planned_anew_leaves_all_else_planned_as_before(tenant: Tenant) -> None:
    seen: list[Any] = []
    async with tenant.session() as session:
        seen.append(await session.scalar(MODE))
        async with planned_anew(session):
            seen.append(await session.scalar(MODE))
        seen.append(await session.scalar(MODE))
        await plan_by_size(session)
        async with planned_anew(session):
            seen.append(await session.scalar(MODE))
        seen.append(await session.scalar(MODE))
    async with tenant.session() as session:
        seen.append(await session.scalar(MODE))

    once, anew, fit = "force_generic_plan", "force_custom_plan", "auto"
    assert seen == [once, anew, once, anew, fit, once]
