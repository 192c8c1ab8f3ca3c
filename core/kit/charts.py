"""How a module says what its daily charts are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute


@dataclass(frozen=True)
class ChartSource:
    """The facts behind one stacked chart per contact.

    *points* selects ``contact_id``, ``at`` (a timestamp with time zone, or a date), ``key`` (the
    status or type that names the series) and ``amount`` (excluding tax). *keys* is the order in
    which series are stacked. *changed* is the column that says when a row was last written, by
    which the next night finds the contacts to draw anew.
    """

    kind: str
    points: Select[Any]
    keys: tuple[str, ...]
    changed: InstrumentedAttribute[Any]
    contact: InstrumentedAttribute[Any]
