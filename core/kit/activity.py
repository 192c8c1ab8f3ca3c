"""When something last happened with a person, as far as a module knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.sql import ColumnElement

#: Given the person's key, their global id and their contact, as SQL: the rows that count.
Of = Callable[[Any, Any, Any], ColumnElement[bool]]


@dataclass(frozen=True, eq=False)
class PersonActivity:
    """``PersonActivity("NOTE", Note.updated_at, lambda key, identifier, contact: …)``: rows of a
    table that show that somebody is still dealt with, and the column that says when.

    The table has an index that begins with what the rows are found by.
    """

    source: str
    at: Any
    of: Of
