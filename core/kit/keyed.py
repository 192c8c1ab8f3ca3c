"""A test whose rows are known by their keys, without a look at them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.sql import ColumnElement, FromClause


@dataclass(frozen=True, eq=False)
class Keyed:
    """What passes a test, and whether one row does."""

    #: A select of the keys of all that pass.
    keys: Any
    has: Callable[[FromClause], ColumnElement[bool]]
    #: How long it takes to find a key, in what it takes an index that has it.
    dear: float = 1.0
