"""Whether somebody has changed what an import wrote, or only the import itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text

from core.kit.ids import key_in
from core.kit.session import TenantSession

#: Of each row the latest entries of the audit, one more than its version has moved: what the import
#: wrote first is among them, if nobody else came in between.
_OURS = text("""
    select row_id from (
      select row_id, actor, row_number() over (partition by row_id order by id desc) as place
      from core_audit_entry
      where tenant_id = :tenant and row_type = :table and row_id = any(cast(:ids as uuid[]))
        and at >= (
          select created_at from core_import_batch where tenant_id = :tenant and id = :batch
        )
    ) entries
    join unnest(cast(:ids as uuid[]), cast(:steps as integer[])) given (id, steps)
      on given.id = row_id and place <= steps + 1
    group by row_id, steps having count(*) = steps + 1 and bool_and(actor = :actor)
""")


async def changed_by_others(
    session: TenantSession, table: Any, left: Mapping[UUID, int], there: Mapping[UUID, int]
) -> set[UUID]:
    """Of rows that the import has *left* with a version, those that others have changed since.

    *there* are the versions now. Rows that are gone are among them. That the import itself has
    moved a version, as it made somebody the primary person of a contact, is nobody's change.
    """
    moved = {key: there[key] - version for key, version in left.items() if key in there}
    moved = {key: steps for key, steps in moved.items() if steps}
    changed = set(moved) | (left.keys() - there.keys())
    if not moved:
        return changed
    actor = session.actor.name
    ours = await session.scalars(
        _OURS,
        {
            "tenant": session.tenant_id,
            "table": table.name,
            "ids": list(moved),
            "steps": list(moved.values()),
            "batch": key_in(actor, "import_batch"),
            "actor": actor,
        },
    )
    return changed - set(ours)
