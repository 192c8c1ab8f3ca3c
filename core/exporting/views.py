"""What a saved view asks of an export: its columns, filter and order."""

from __future__ import annotations

from typing import Any

from core.exporting import rules
from core.kit.context import Info
from core.kit.ids import key_in
from core.kit.session import TenantSession
from core.kit.sheets import Sheet
from core.views.chosen import FIELD, read_view


async def with_view(
    info: Info, session: TenantSession, sheet: Sheet, given: dict[str, Any]
) -> dict[str, Any]:
    """*given*, and what it leaves to the view that it names."""
    key = key_in(given["viewId"], "saved_view", field=FIELD)
    view, _, asked = await read_view(info, session, key, sheet.name)
    asked = {name: value for name, value in asked.items() if name != "first"}
    said = {name: value for name, value in given.items() if value is not None}
    if "orderBy" in said:
        asked.pop("orderByCustomField", None)
    if "columns" not in said:
        asked["columns"] = rules.columns_of(sheet, view.columns)
    return {**given, **asked, **said}
