"""What a row brings along: the cells that generated code reads, and how they are nested in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NULLTYPE


class Cells:
    """The cells of one row, which is called *row* in the code.

    Whatever Python needs as text only is a *text*: all of a row are one array. To make, send and
    read that takes PostgreSQL and the driver a third of what the same cells of a record take.
    """

    def __init__(self, row: str) -> None:
        self.row = row
        #: Stands for what follows the row's name to find its texts, until that is known.
        self._array = f".{row}_texts"
        self._values: list[Any] = []
        self._texts: list[Any] = []

    def __len__(self) -> int:
        return len(self._values) + bool(self._texts)

    def value(self, expression: Any, of: str | None = None) -> str:
        """The code of a cell, here or in another row *of* the same kind."""
        return f"{of or self.row}[{_place(self._values, expression)}]"

    def text(self, expression: Any, of: str | None = None) -> str:
        """The code of a cell that is read as text."""
        return f"{of or self.row}{self._array}[{_place(self._texts, expression)}]"

    def values(self, expressions: Sequence[Any]) -> str:
        """The code of several cells at once."""
        start = len(self._values)
        self._values += expressions
        return f"{self.row}[{start}:{len(self._values)}]"

    @property
    def is_plain(self) -> bool:
        """Whether there are texts only: the row is their array, then."""
        return not self._values and bool(self._texts)

    def settled(self, code: str) -> str:
        """*code* that reads the cells, now that all are known."""
        return code.replace(self._array, "" if self.is_plain else "[-1]")

    def columns(self) -> list[Any]:
        columns = [*self._values, *([Texts(self._texts)] if self._texts else [])]
        return columns or [literal_column("1")]

    def nested(self) -> Any:
        """The row as one value."""
        return Texts(self._texts) if self.is_plain else Row(self.columns())


def _place(cells: list[Any], expression: Any) -> int:
    for index, known in enumerate(cells):
        if known is expression:
            return index
    cells.append(expression)
    return len(cells) - 1


class Row(ColumnElement[Any]):
    """What ``func.row`` writes, without looking at each of a hundred cells for what it may be.

    The cells are of tables that the select around it names itself.
    """

    inherit_cache = False
    type = NULLTYPE

    def __init__(self, cells: Sequence[Any]) -> None:
        self.cells = cells


class Texts(Row):
    """The cells as an array of texts, whatever their types are."""

    inherit_cache = False


@compiles(Row)
def _row(row: Row, compiler: SQLCompiler, **options: Any) -> str:
    return f"row({_cells(row, compiler, options)})"


@compiles(Texts)
def _texts(row: Texts, compiler: SQLCompiler, **options: Any) -> str:
    return f"array[{_cells(row, compiler, options)}]::text[]"


def _cells(row: Row, compiler: SQLCompiler, options: dict[str, Any]) -> str:
    options["add_to_result_map"] = None
    return ", ".join(compiler.process(cell, **options) for cell in row.cells)
