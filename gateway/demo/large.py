"""The large tenant for measuring: made by SQL, a statement for each table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Connection, func, select, text

from core.contacts.models import Contact
from core.demo import BULK, parameters
from core.kit.db import Base
from core.kit.settings import ConfigurationError, Settings
from gateway.demo.tenants import Door, Place, Wanted
from gateway.progress import Report

GRAND = Wanted("grand", "Grand Service")
#: The contact to look at first: the root of the tree that most work is done in.
SAMPLE = "TREE-50K"
#: For this transaction: a crash loses the load and nothing else.
SETTINGS = "set local synchronous_commit = off; set local work_mem = '256MB'"
_TABLE = re.compile(r"\s*(?:with\b.*?\b)?insert into (\w+)", re.IGNORECASE | re.DOTALL)


async def load_large(
    settings: Settings, contacts: int, progress: Report, now: datetime
) -> list[dict[str, Any]]:
    async with Place.open(settings, now) as place:
        door = await place.tenant(GRAND)
        if _fill(door, contacts, progress):
            progress("analyze", 0, 1)
            place.analyze()
            progress("analyze", 1, 1)
        return [await door.entry(SAMPLE)]


def _fill(door: Door, contacts: int, progress: Report) -> bool:
    """Make *contacts* contacts and all that modules add, in one transaction, unless it is done."""
    with door.place.owner.begin() as connection:
        there = _count(connection, door)
        if there == contacts:
            return False
        if there:
            raise ConfigurationError(
                f"The tenant '{GRAND.slug}' has {there} contacts already. For another size, use "
                "an empty database, or another FIELDGATE_HOME.",
            )
        connection.exec_driver_sql(SETTINGS)
        given = {"tenant": door.id, **parameters(contacts, door.place.now)}
        for statement in _statements(door):
            _run(connection, statement, given, progress)
    return True


def _statements(door: Door) -> Iterator[str]:
    return chain(BULK, *(demo.bulk for demo in door.modules.demos().values()))


def _run(connection: Connection, statement: str, given: dict[str, Any], progress: Report) -> None:
    found = _TABLE.match(statement)
    table = found[1] if found else statement.split()[0]
    progress(table, 0, 1)
    rows = connection.execute(text(statement), given).rowcount
    progress(table, rows, rows)
    if table in Base.metadata.tables:
        # What follows joins with these rows: planned for an empty table, it would take for ever.
        connection.exec_driver_sql(f"analyze {table}")


def _count(connection: Connection, door: Door) -> int:
    count = select(func.count()).select_from(Contact).where(Contact.tenant_id == door.id)
    return connection.scalar(count) or 0
