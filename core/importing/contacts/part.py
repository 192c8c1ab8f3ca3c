"""Contacts in an import."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core.contacts.custom import CONTACTS as TARGET
from core.exporting.rules import CUSTOM
from core.hierarchy.services import lock_tree
from core.importing.contacts import tree, writing
from core.importing.contacts.customs import Customs
from core.importing.contacts.fields import custom_columns
from core.importing.contacts.ground import ground
from core.importing.contacts.looking import look_at, read
from core.kit.importing import ImportRow, Remark, Settled
from core.kit.session import TenantSession
from core.kit.sheets import Column
from core.tenancy.models import Tenant


class Contacts:
    """Contacts by reference, with their custom fields."""

    name = "contact"
    requires = "contacts.write"
    identity: str | None = "reference"
    accounts: frozenset[str] = frozenset()

    async def columns(self, session: TenantSession) -> list[Column]:
        return await custom_columns(session)

    def read(
        self, cells: dict[str, str | None], country: str, *, is_new: bool = False
    ) -> dict[str, Any]:
        return read(cells, country, is_new=is_new)

    async def look(
        self, session: TenantSession, rows: Sequence[ImportRow], *, lock: bool = False
    ) -> None:
        if lock:
            await self._lock(session, rows)
        found = await ground(session, rows, lock=lock)
        look_at(rows, found)
        looked = [row for row in rows if "contact" in row.values]
        if any(key.startswith(CUSTOM) for key in set().union(*(row.cells for row in looked))):
            customs = await Customs.of(session, TARGET, looked, lock=lock)
            for row in looked:
                current = row.values["current"] or {}
                customs.look(row, row.values["contact"].get("group_id", current.get("group_id")))
            await customs.check_links(session, looked)
        if lock:
            await self._check_places(session, [row for row in looked if not row.problems])

    async def settle(self, session: TenantSession, batch_id: UUID) -> Settled:
        return await tree.settle(session, batch_id)

    async def write(self, session: TenantSession, rows: Sequence[ImportRow]) -> None:
        await writing.write(session, rows)

    async def in_the_way(
        self, session: TenantSession, rows: Sequence[ImportRow], accounted: frozenset[str]
    ) -> dict[UUID, Remark]:
        return await writing.in_the_way(session, rows, accounted)

    async def undo(self, session: TenantSession, rows: Sequence[ImportRow]) -> None:
        await writing.undo(session, rows)

    async def _lock(self, session: TenantSession, rows: Sequence[ImportRow]) -> None:
        """Hold off whoever else moves contacts, or gives out the same references."""
        if any("parentReference" in row.cells for row in rows):
            await lock_tree(session)
        tenant = await session.get(Tenant, session.tenant_id)
        if tenant is not None and tenant.reference_policy == "ENFORCE":
            await session.hold("core.policy")

    async def _check_places(self, session: TenantSession, rows: Sequence[ImportRow]) -> None:
        """Refuse who has lost their parent since the rows were checked, or would hang below itself.

        A parent may be in the same hundreds of rows, before those that name it.
        """
        hung = [row for row in rows if row.parent_reference is not None]
        made = {row.reference: row.target_id for row in rows if row.is_new and row.reference}
        parents = [row.parent_id for row in hung if row.parent_id is not None]
        moved = [row.target_id for row in hung if not row.is_new]
        known = await tree.Tree.of(session, parents, moved)
        refused: set[UUID] = set()
        for row in hung:
            if not row.parent_reference:
                known.uproot(row.target_id)
                continue
            parent = row.parent_id or made.get(row.parent_reference or "")
            if parent is None or parent in refused:
                row.refuse("UNKNOWN_PARENT", f"There is no contact '{row.parent_reference}'.",
                           "parentReference")  # fmt: skip
            elif refusal := known.refusal(row.target_id, parent):
                row.refuse(*refusal, "parentReference")
            row.parent_id = parent
            if row.problems:
                refused.add(row.target_id)
