"""Every text of every table in which somebody may be named, whichever module it belongs to.

A table is looked through unless it stands here, or a module says otherwise by the hook
``personal_data``: what is forgotten to be declared is forgotten all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, JSON, Column, Table, Text

from core.kit.db import Base
from core.kit.personal import PersonalData, Treatment

#: Tables in which nobody is named, or somebody else is, and why they are left as they are.
LEFT = {
    "core_access_token": "hashes",
    "core_chart": "numbers, and the keys of what they count",
    "core_chart_run": "days",
    "core_contact_search": "written by the database, from contacts",
    "core_login": "hashes",
    "core_partner_key": "programs of partners",
    "core_role": "roles of users",
    "core_search_word": "single words of contacts, without their order",
    "core_stored_document": "programs, stored under the hash of their text",
    "core_tenant": "the tenant itself",
    "core_user": "users: other people, who may be called the same",
}
AUDIT = "core_audit_entry"


@dataclass(frozen=True)
class Texts:
    """A table, and those of its columns that hold texts."""

    table: Table
    columns: tuple[Column[Any], ...]


def texts(held: Sequence[PersonalData]) -> list[Texts]:
    """All that is looked through for mentions; the audit log is looked through by itself."""
    left = {*LEFT, AUDIT, *(data.model.__table__.name for data in held if data.names_others)}
    found = []
    for name, table in sorted(Base.metadata.tables.items()):
        if name in left or "view" in table.info or "tenant_id" not in table.c:
            continue
        columns = tuple(c for c in table.c if is_text(c) and c.name not in kept(held, name))
        if columns:
            found.append(Texts(table, columns))
    return found


def kept(held: Sequence[PersonalData], table: str) -> Collection[str]:
    """The columns of *table* that are kept as they are, by law or because they name another."""
    return {
        column
        for data in held
        if data.treatment is Treatment.KEPT and data.model.__table__.name == table
        for column in (*data.shows, *(f"{shown}_key" for shown in data.shows))
    }


def is_text(column: Column[Any]) -> bool:
    """Whether somebody can have written something into it."""
    type_ = column.type.item_type if isinstance(column.type, ARRAY) else column.type
    return isinstance(type_, Text | JSON) and column.computed is None and not column.primary_key
