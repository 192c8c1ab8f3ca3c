"""A few blocks of a table, by which it is supposed how many rows pass tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Boolean, Table, cast, func, literal_column, select, tablesample
from sqlalchemy.sql import ColumnElement, FromClause, Select

from core.kit.db import owned

#: Of a table's blocks, so many are looked at.
BLOCKS, BLOCK_SIZE = 16, 8192


class Sampled:
    """What stands first in an order is not like the rest of it; blocks are."""

    def __init__(self, table: Table) -> None:
        size = func.pg_relation_size(literal_column(f"'{table.name}'"))
        wanted: Any = literal_column(f"{100.0 * BLOCKS * BLOCK_SIZE}")
        share = wanted / func.greatest(size, literal_column("1"))
        self.percent: Any = func.least(literal_column("100"), share)
        self.rows = tablesample(table, func.system(self.percent), seed=literal_column("1"))

    def hits(self, tests: Sequence[Callable[[FromClause], ColumnElement[bool]]]) -> Select[Any]:
        """How many of the ``rows`` pass each test: ``hits0`` …"""
        passes = [cast(has(self.rows), Boolean).label(f"passes{i}") for i, has in enumerate(tests)]
        tested = select(*passes).where(owned(self.rows)).subquery()
        counts: list[Any] = [
            func.count().filter(tested.c[f"passes{i}"]).label(f"hits{i}") for i in range(len(tests))
        ]
        return select(*counts, func.count().label("rows")).select_from(tested)
