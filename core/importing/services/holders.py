"""Who holds on to a row that an import has made: then it can't be taken away."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Table, Uuid, func, literal, or_, select

from core.kit.db import Base
from core.kit.session import TenantSession

#: Say that somebody wrote a row: what the machine keeps of another goes with it.
_BY = ("created_by", "updated_by", "recorded_by")


async def in_use(
    session: TenantSession,
    target: Table,
    keys: Sequence[UUID],
    ours: Sequence[UUID],
    accounted: Collection[str],
) -> dict[UUID, str]:
    """Of the rows *keys* of a table, those that rows of other tables are about: what those are.

    Rows of the same table that are *ours* go with them.
    """
    found: dict[UUID, str] = {}
    if not keys:
        return found
    for table in Base.metadata.tables.values():
        if "view" in table.info or table.name in accounted:
            continue
        for constraint in table.foreign_key_constraints:
            if constraint.referred_table.name != target.name:
                continue
            column = table.c[constraint.column_keys[-1]]
            statement = select(column).where(
                table.c.tenant_id == session.tenant_id,
                column == func.any(literal(list(keys), ARRAY(Uuid))),
            )
            if constraint.ondelete is not None:
                by = [table.c[name].is_not(None) for name in _BY if name in table.c]
                if not by:
                    continue
                statement = statement.where(or_(*by))
            if table.name == target.name:
                statement = statement.where(
                    table.c.id != func.all(literal(list(ours), ARRAY(Uuid)))
                )
            for key in await session.scalars(statement.distinct()):
                found.setdefault(key, _called(table))
    return found


def _called(table: Any) -> str:
    return str(table.name).partition("_")[2].replace("_", " ")
