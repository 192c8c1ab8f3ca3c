"""Writes the custom values of many rows at once, and takes back what was written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, delete, func, literal, select

from core.custom_fields.typed import Rows
from core.files.services import claim, release
from core.kit.audit import plain
from core.kit.bulk import insert_rows
from core.kit.custom import CustomFieldTarget
from core.kit.importing import ImportRow
from core.kit.session import TenantSession

#: The columns that keep values, and how JSON's are read.
_READ: dict[str, Any] = {
    "text_value": str,
    "e164_value": str,
    "decimal_value": Decimal,
    "date_value": date.fromisoformat,
    "instant_value": datetime.fromisoformat,
    "boolean_value": bool,
    "option_id": UUID,
    "file_id": UUID,
    "user_id": UUID,
    "referred_id": UUID,
}
#: A subject, a field, and what it is to have in it.
Put = tuple[UUID, UUID, Rows]


async def write(
    session: TenantSession, target: CustomFieldTarget, rows: Sequence[ImportRow]
) -> None:
    """Write the custom values of *rows*, whose subjects are written already."""
    puts: list[Put] = []
    for row in rows:
        for field, before, after in row.values.get("custom", ()):
            kept = row.before.setdefault("custom", {})
            kept[str(field.id)] = [{n: plain(v) for n, v in one.items()} for one in before]
            puts.append((row.target_id, field.id, after))
    await put(session, target, puts)


async def restore(
    session: TenantSession, target: CustomFieldTarget, rows: Sequence[ImportRow]
) -> None:
    """Give subjects back what they had in their fields."""
    await put(
        session,
        target,
        [
            (row.target_id, UUID(field), tuple(_typed(one) for one in values))
            for row in rows
            for field, values in row.before.get("custom", {}).items()
        ],
    )


async def put(session: TenantSession, target: CustomFieldTarget, puts: Sequence[Put]) -> None:
    """Let fields have these values and no others."""
    if not puts:
        return
    table = target.values.__table__
    subjects, fields = (
        literal([each[at] for each in puts], ARRAY(Uuid)) for at in (0, 1)
    )  # fmt: skip
    given = select(func.unnest(subjects).label("s"), func.unnest(fields).label("f")).subquery()
    gone = await session.scalars(
        delete(table)
        .where(
            table.c.tenant_id == session.tenant_id,
            table.c[target.key] == given.c.s,
            table.c.field_id == given.c.f,
        )
        .returning(table.c.file_id)
    )
    for file_id in filter(None, gone.all()):
        await release(session, file_id)
    there = [
        {target.key: subject, "field_id": field, "place": place, **dict.fromkeys(_READ), **row}
        for subject, field, rows in puts
        for place, row in enumerate(rows)
    ]
    for row in there:
        if row["file_id"] is not None:
            await claim(session, row["file_id"])
    await insert_rows(session, table, there)


def _typed(kept: dict[str, Any]) -> dict[str, Any]:
    """Values of columns, from how JSON has them."""
    return {name: _READ[name](value) for name, value in kept.items()}
