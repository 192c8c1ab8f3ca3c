"""The rows that a plan nests: ``row(a, b, c)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NULLTYPE


class Row(ColumnElement[Any]):
    """What ``func.row`` writes, without looking at each of a hundred cells for what it may be.

    The cells are of tables that the select around it names itself.
    """

    inherit_cache = False
    type = NULLTYPE

    def __init__(self, cells: Sequence[Any]) -> None:
        self.cells = cells


@compiles(Row)
def _written(row: Row, compiler: SQLCompiler, **options: Any) -> str:
    options["add_to_result_map"] = None
    return f"row({', '.join(compiler.process(cell, **options) for cell in row.cells)})"
