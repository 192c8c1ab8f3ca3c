"""The audit log's columns and keys, in the words of the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson

from core.kit.audit import HIDDEN
from core.kit.db import Base
from core.kit.ids import global_id
from core.kit.sql import prefix_of_target


def shown(row_type: str, changes: str, may: frozenset[str]) -> dict[str, dict[str, Any]]:
    """``{"groupId": {"before": …, "after": …}}``, with ids as the API knows them.

    What a column holds that asks for a permission (``info={"requires": …}``) is hidden from
    those who don't have it: that it was written is not.
    """
    table = Base.metadata.tables.get(row_type)
    found, given = {}, orjson.loads(changes)
    for name, (before, after) in given.items():
        if name.endswith("_key") and name.removesuffix("_key") in given:
            continue  # how a text sorts follows from the text
        column = None if table is None else table.c.get(name)
        if column is not None and column.info.get("requires", "") not in {"", *may}:
            before, after = (None if value is None else HIDDEN for value in (before, after))
        prefix = None if column is None else prefix_of_target(column)
        found[_camel(name)] = {
            "before": _shown(before, prefix),
            "after": _shown(after, prefix),
        }
    return found


def row_id(row_type: str, key: UUID) -> str | None:
    """The global id of the row that was written, if the API knows its like."""
    table = Base.metadata.tables.get(row_type)
    prefix = None if table is None else table.info.get("prefix")
    return None if prefix is None else global_id(prefix, key)


def kind(row_type: str) -> str:
    """``core_contact_group`` is a ``contact_group``, whichever module keeps it."""
    return row_type.partition("_")[2]


def _shown(value: Any, prefix: str | None) -> Any:
    return global_id(prefix, UUID(value)) if prefix and isinstance(value, str) else value


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
