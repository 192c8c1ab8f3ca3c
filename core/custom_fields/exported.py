"""Custom values as texts of a spreadsheet: what is written, an import reads again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, Text, cast, func, select
from sqlalchemy.sql import ColumnElement, Select

#: What keeps its own text; of files and references, the id stands for them.
_TEXTS = ("decimal_value", "date_value", "instant_value", "boolean_value")
_IDS = {"file_id": "file_", "user_id": "user_", "referred_id": "contact_"}


def by_key(shown: Table, whose: ColumnElement[bool]) -> Select[Any]:
    """What one row shows in its custom fields, as a JSON object of texts."""
    value = func.coalesce(
        shown.c.text_value,
        *(cast(shown.c[name], Text) for name in _TEXTS),
        shown.c.option_label,
        *(_global_id(prefix, shown.c[name]) for name, prefix in _IDS.items()),
    )
    return select(func.jsonb_object_agg(shown.c.key, value)).where(whose)


def _global_id(prefix: str, key: Any) -> ColumnElement[Any]:
    # Null where there is none, unlike what concat makes of it.
    return cast(prefix, Text).op("||")(func.replace(cast(key, Text), "-", ""))
