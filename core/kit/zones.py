"""Which parts of an Overview are worth showing: what a module says of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Text, Uuid, bindparam, case, func, literal, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.sql import FromClause

from core.kit.db import Statement, owned
from core.kit.sql import value_beside


@dataclass(frozen=True, eq=False)
class Zone:
    """A field of the Overview, and an SQL test on a contact: whether it has something to show.

    Callers without the permission *requires* are not told.
    """

    field: str
    requires: str
    there: Any


def shown_statement(zones: Sequence[Zone], contacts: FromClause) -> Statement:
    """For each of the contacts in the parameter ``ids``, the fields that have something."""
    table = contacts.alias()
    cells: list[Any] = [
        case((value_beside(zone.there, table), literal(zone.field, Text))) for zone in zones
    ]
    names = func.array_remove(array(cells, type_=Text), None, type_=ARRAY(Text))
    wanted = bindparam("ids", type_=ARRAY(Uuid))
    return Statement(select(table.c.id, names).where(owned(table), table.c.id == func.any(wanted)))
