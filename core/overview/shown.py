"""Reads which fields of some contacts' Overviews are worth showing, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from aiodataloader import DataLoader

from core.contacts.models import Contact
from core.kit.context import MAX_BATCH, Context, Info
from core.kit.zones import Zone, shown_statement


async def visible_fields(root: Any, info: Info) -> list[str]:
    context = info.context
    modules: Any = info.schema
    zones = [z for z in modules.modules.overview_zones if z.requires in context.permissions]
    loader = context.loader("visible fields", lambda: _VisibleFieldsByContact(context, zones))
    found: list[str] = await loader.load(root.row_key)
    return found


class _VisibleFieldsByContact(DataLoader[UUID, list[str]]):
    def __init__(self, context: Context, zones: Sequence[Zone]) -> None:
        super().__init__(max_batch_size=MAX_BATCH)
        self._context = context
        self._statement = shown_statement(zones, Contact.__table__)

    async def batch_load_fn(self, keys: Sequence[UUID]) -> list[list[str]]:
        statement = self._statement
        given = {**statement.constants, "tenant": self._context.tenant, "ids": list(keys)}
        rows = await self._context.fetch(statement.text, [given[n] for n in statement.names])
        found = {key: list(names) for key, names in map(tuple, rows)}
        return [found.get(key, []) for key in keys]
