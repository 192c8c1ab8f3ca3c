"""What the planner is asked for at one field, and what it found for it alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import FieldNode
from sqlalchemy import Select

from core.kit.arguments import Args


@dataclass(frozen=True)
class Asked:
    """One field of the selection; *slot* is set if its arguments hold variables."""

    type: Any
    nodes: list[FieldNode]
    args: Args
    slot: int | None


@dataclass(frozen=True)
class Alone:
    """What the only cell of the root nests: PostgreSQL sends rows faster than nested ones."""

    select: Select[Any]
    many: bool
