"""The next rows of a batch: read and made ready while the database is busy with those before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Text, cast, select, text, tuple_

from core.importing.models import ImportBatch
from core.importing.services import rows as kept
from core.importing.services.rows import ROW, cells_of, changes_of
from core.kit.background import Work
from core.kit.ids import new_id
from core.kit.importing import ImportRow, Outcome, Part
from core.kit.session import TenantSession
from core.tenancy.models import Tenant

#: In the order of the file, or in that in which rows are written: parents before what is below.
BY_NUMBER, BY_TURN = ("number",), ("turn", "number")
#: Before the first of all rows: turns may be negative.
BEGINNING = -(2**31)


@dataclass(frozen=True, slots=True)
class Ready:
    """A row as it is kept, and what its cells say."""

    id: UUID
    number: int
    turn: int
    outcome: str | None
    target_id: UUID | None
    #: Their texts, and those of them that say something, by field.
    texts: list[str]
    cells: dict[str, str | None]
    #: What the parts read in them.
    read: dict[str, Any]
    changes: dict[str, list[str | None]]

    def on_its_way(self) -> ImportRow:
        """The row as the parts are given it, who fill in the rest."""
        key = self.target_id or new_id()
        return ImportRow(self.id, self.number, self.cells, key, read=self.read)


@dataclass(slots=True)
class _Ahead:
    """The rows behind a place, as they were read, and what makes them ready."""

    after: list[int]
    make: Callable[[], list[Ready]]
    rows: asyncio.Future[list[Ready]] | None = None

    def begin(self) -> asyncio.Future[list[Ready]]:
        """Have a thread make them ready, if none does."""
        if self.rows is None:
            self.rows = asyncio.get_running_loop().run_in_executor(None, self.make)
        return self.rows


def look_ahead(work: Work | Alone) -> None:
    """Have a thread make the next rows ready. Say so when the database is given long work.

    Before that, the thread would only take from this one the time in which it finds that work.
    """
    if isinstance(work.ahead, _Ahead):
        work.ahead.begin()


@dataclass
class Alone:
    """How far somebody is who goes through a batch without a job."""

    cursor: dict[str, Any] = field(default_factory=dict)
    ahead: Any = None


@dataclass(frozen=True)
class Following:
    """Goes through the rows of a batch in an order, some hundreds by each step of a job."""

    session: TenantSession
    batch: ImportBatch
    parts: Sequence[Part]
    order: tuple[str, ...]
    where: ColumnElement[bool] | None = None

    async def take(self, work: Work | Alone) -> list[Ready]:
        """The next rows, those after the place that the job's cursor names; it names their last.

        Those after them are read, too: :func:`look_ahead` has them made ready for the next step.
        """
        after = work.cursor.get("after", [BEGINNING] * len(self.order))
        ahead = work.ahead
        if not isinstance(ahead, _Ahead) or ahead.after != after:
            ahead = await self._fetch(after)
        found = await ahead.begin()
        if found:
            last = [getattr(found[-1], name) for name in self.order]
            work.cursor = {"after": last}
            work.ahead = await self._fetch(last)
        return found

    async def _fetch(self, after: list[int]) -> _Ahead:
        batch, tenant = self.batch, self.session.tenant_id
        country = await self.session.scalar(select(Tenant.country).where(Tenant.id == tenant))
        make = partial(
            _ready, await self._read(after), list(batch.mapping), batch.clear_word,
            self.parts, str(country),
        )  # fmt: skip
        return _Ahead(after, make)

    async def _read(self, after: list[int]) -> Sequence[Any]:
        """Rows as they are kept; their JSON as text, to be taken apart in the thread."""
        order = [ROW.c[name] for name in self.order]
        statement = (
            select(
                ROW.c.id, ROW.c.number, ROW.c.turn, ROW.c.outcome, ROW.c.target_id,
                cast(ROW.c.cells, Text), cast(ROW.c.changes, Text),
            )
            .where(
                ROW.c.tenant_id == self.session.tenant_id,
                ROW.c.batch_id == self.batch.id,
                *(() if self.where is None else (self.where,)),
                tuple_(*order) > tuple_(*after),
            )
            .order_by(*order)
            .limit(kept.AT_ONCE)
        )  # fmt: skip
        # What a file has just brought is in no statistics: all of it would be read and sorted.
        await self.session.execute(text("set local enable_sort = off"))
        found = (await self.session.execute(statement)).all()
        await self.session.execute(text("set local enable_sort = on"))
        return found


def _ready(
    given: Sequence[Any], mapping: list[str], word: str, parts: Sequence[Part], country: str
) -> list[Ready]:
    found = []
    for key, number, turn, outcome, target, cells, changes in given:
        texts = orjson.loads(cells)
        said = cells_of(texts, mapping, word)
        read: dict[str, Any] = {}
        for part in parts:
            read |= part.read(said, country, is_new=outcome == Outcome.CREATED)
        both = changes_of(orjson.loads(changes) if changes else None)
        found.append(Ready(key, number, turn, outcome, target, texts, said, read, both))
    return found
