"""The primary person in a contact's row: who is there is changed, nobody there is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core.importing.services.since import changed_by_others
from core.kit.errors import Refused
from core.kit.ids import new_id
from core.kit.importing import ImportRow, Remark, Settled
from core.kit.session import TenantSession
from core.kit.sheets import Column
from plugins.people.sheets import fields, writing
from plugins.people.sheets.fields import PREFIX
from plugins.people.sheets.writing import Write


class Primary:
    name = "person"
    requires = "people.write"
    identity: str | None = None
    accounts = frozenset({"people_person"})

    async def columns(self, session: TenantSession) -> list[Column]:
        return []

    def read(
        self, cells: dict[str, str | None], country: str, *, is_new: bool = False
    ) -> dict[str, Any]:
        return fields.read(cells, country, PREFIX)

    async def look(
        self, session: TenantSession, rows: Sequence[ImportRow], *, lock: bool = False
    ) -> None:
        given = {row.id: cells for row in rows if (cells := _given(row))}
        if not given:
            return
        old = [row.target_id for row in rows if row.id in given and not row.is_new]
        found = await writing.persons(session, "contact_id", old, lock=lock, primary=True)
        there = {one["contact_id"]: one for one in found}
        for row in rows:
            if row.id in given:
                _look(row, given[row.id], there.get(row.target_id))

    async def settle(self, session: TenantSession, batch_id: UUID) -> Settled:
        return Settled()

    async def write(self, session: TenantSession, rows: Sequence[ImportRow]) -> None:
        await writing.write(session, [row.values["person"] for row in rows if _writes(row)])

    async def in_the_way(
        self, session: TenantSession, rows: Sequence[ImportRow], accounted: frozenset[str]
    ) -> dict[UUID, Remark]:
        found: dict[UUID, Remark] = {}
        contacts = [row.target_id for row in rows]
        there: dict[UUID, dict[str, Any]] = {}
        held: dict[UUID, set[UUID]] = {}
        for one in await writing.persons(session, "contact_id", contacts, lock=True):
            there[one["id"]] = one
            held.setdefault(one["contact_id"], set()).add(one["id"])
        wrote = {row.id: UUID(row.before["person"]["id"]) for row in rows if "person" in row.before}
        changed = await changed_by_others(
            session,
            writing.PERSON,
            {wrote[row.id]: row.versions["person"] for row in rows if row.id in wrote},
            {key: one["version"] for key, one in there.items()},
        )
        for row in rows:
            kept = row.before.get("person")
            ours = {wrote[row.id]} if row.id in wrote else set()
            if ours & changed:
                found[row.id] = Remark(
                    "CHANGED_SINCE", "Somebody has changed the contact's person since."
                )
            elif (row.is_new or (kept and kept["is_new"])) and held.get(
                row.target_id, set()
            ) - ours:
                found[row.id] = Remark("IN_USE", "The contact has other persons by now.")
        return found

    async def undo(self, session: TenantSession, rows: Sequence[ImportRow]) -> None:
        await writing.undo(session, rows)


def _given(row: ImportRow) -> dict[str, str | None]:
    return {k.removeprefix(PREFIX): v for k, v in row.cells.items() if k.startswith(PREFIX)}


def _writes(row: ImportRow) -> bool:
    return "person" in row.values


def _look(row: ImportRow, given: dict[str, str | None], current: dict[str, Any] | None) -> None:
    values = fields.look(row, given, current or writing.NEW, PREFIX)
    if not values or (current is None and not any(values.values())):
        return
    if current is None:
        values |= {"contact_id": row.target_id, "is_primary": True}
    one = Write(row, current["id"] if current else new_id(), current, values)
    try:
        _ = one.whole
    except Refused as refused:
        row.refused_by(refused, f"{PREFIX}lastName")
        return
    row.values["person"] = one
