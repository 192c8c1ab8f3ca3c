"""Ids: UUIDv7 in the database, typed and opaque in the API (``contact_0193…``)."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from core.kit.errors import InvalidId

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_GLOBAL = re.compile(r"([a-z][a-z0-9_]*)_([0-9a-f]{32})\Z")


def new_id() -> UUID:
    """A new time-ordered id."""
    return uuid7()


def first_id(moment: datetime) -> UUID:
    """Lower than the ids made since *moment*, and higher than those made before."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def prefix_of(type_name: str) -> str:
    """How the global ids of a type begin: ``FinancialDocument`` → ``financial_document``."""
    return _CAPITAL.sub("_", type_name).lower()


def global_id(prefix: str, key: UUID) -> str:
    return f"{prefix}_{key.hex}"


def prefix_in(identifier: object) -> str | None:
    """The type that a global id names, None if it is not one."""
    found = _GLOBAL.match(identifier) if isinstance(identifier, str) else None
    return found[1] if found else None


def key_in(identifier: str, *prefixes: str, field: str | None = None) -> UUID:
    """The key in a global id, which must be of one of the types *prefixes* (any, if none)."""
    found = _GLOBAL.match(identifier)
    if found is None or (prefixes and found[1] not in prefixes):
        expected = " or ".join(p.replace("_", " ") for p in prefixes) or "node"
        raise InvalidId(identifier, expected, field)
    return UUID(found[2])
