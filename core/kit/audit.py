"""What a flush is about to change, as entries of the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import inspect
from sqlalchemy.orm import Session

#: Columns that say who and when; the entry itself says so already.
SILENT = {"tenant_id", "version", "created_at", "created_by", "updated_at", "updated_by"}
#: Stands for the values of columns with ``info={"secret": True}``: that they changed is no secret.
HIDDEN = "***"


def plain(value: Any) -> Any:
    """A column's value as JSON has it."""
    if value is None or type(value) is str or isinstance(value, int | str | float | list | dict):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    return str(getattr(value, "value", value))


def written(session: Session) -> Iterator[dict[str, Any]]:
    """One entry for each audited row that the session is about to write."""
    for action, rows in (
        ("CREATED", session.new),
        ("CHANGED", session.dirty),
        ("DELETED", session.deleted),
    ):
        for row in rows:
            if not getattr(row, "__audited__", False):
                continue
            changes = _changes(row, action)
            if changes or action == "DELETED":
                yield entry(row, action, changes)


def entry(row: Any, action: str, changes: dict[str, list[Any]]) -> dict[str, Any]:
    """What an entry of the log says of *row*, besides who and when."""
    return {
        "action": action,
        "row_type": row.__table__.name,
        "row_id": row.id,
        "root_id": getattr(row, getattr(row, "__audit_root__", "id")),
        "changes": changes,
    }


def _changes(row: Any, action: str) -> dict[str, list[Any]]:
    state = inspect(row)
    found: dict[str, list[Any]] = {}
    for column in state.mapper.column_attrs:
        name = column.key
        if name in SILENT or name == "id":
            continue
        show = _hide if column.columns[0].info.get("secret") else plain
        if action == "CHANGED":
            history = state.attrs[name].history
            if history.has_changes():
                before = history.deleted[0] if history.deleted else None
                found[name] = [show(before), show(getattr(row, name))]
        elif (value := state.dict.get(name)) is not None:
            found[name] = [None, show(value)] if action == "CREATED" else [show(value), None]
    return found


def _hide(value: Any) -> str | None:
    return None if value is None else HIDDEN
