"""Which entry of the ledger of consents held at an instant, for many persons in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from aiodataloader import DataLoader
from sqlalchemy import ARRAY, DateTime, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from core.kit.context import MAX_BATCH, Context
from core.kit.db import Statement, owned
from core.kit.records import Blueprint
from plugins.people.models import Consent as ConsentRow

_consents: Any = ConsentRow.__table__
_HELD = Statement(
    select(*_consents.c)
    .ext(distinct_on(_consents.c.person_id))
    .where(
        owned(_consents),
        _consents.c.person_id == func.any(bindparam("persons", type_=ARRAY(Uuid))),
        _consents.c.given_at <= bindparam("at", type_=DateTime(timezone=True)),
    )
    .order_by(_consents.c.person_id, _consents.c.given_at.desc(), _consents.c.id.desc())
)


class HeldByPerson(DataLoader[UUID, Any]):
    """The entry that held for each person at *at*, by what is known now."""

    def __init__(self, context: Context, of: Blueprint, at: datetime) -> None:
        super().__init__(max_batch_size=MAX_BATCH)
        self._context, self._of, self._at = context, of, at

    async def batch_load_fn(self, keys: Sequence[UUID]) -> list[Any]:
        own = {"tenant": self._context.tenant, "persons": list(keys), "at": self._at}
        given = {**_HELD.constants, **own}
        rows = await self._context.fetch(_HELD.text, [given[name] for name in _HELD.names])
        found = {self._of.get(row, "person_id"): self._of.make(row) for row in map(tuple, rows)}
        return [found.get(key) for key in keys]
