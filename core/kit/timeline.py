"""What a module adds to the timeline of a contact, and the one statement that gathers it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.sql import ColumnElement, Select

from core.kit.db import Statement
from core.kit.order import core
from core.kit.sql import of_tenant


@dataclass(frozen=True, eq=False)
class TimelineSource:
    """The rows of one table that show on the timeline of the contact they belong to.

    *kind* names them in the API (``NOTE``), *prefix* begins their global ids, *requires* is the
    permission without which they are left out. *at*, when it happened, must never change: it is
    what pages are cut by. The others are columns or expressions of the same table.
    """

    kind: str
    prefix: str
    requires: str
    contact: Any
    at: Any
    id: Any
    title: Any
    detail: Any = None
    where: Any = None

    def rows(self, contact: ColumnElement[Any], after: bool) -> Select[Any]:
        """The newest rows of one contact, from the page's cursor on."""
        kind, at, key = literal(self.kind, Text), core(self.at), core(self.id)
        found: Select[Any] = of_tenant(
            select(
                at.label("at"),
                kind.label("kind"),
                key.label("id"),
                cast(core(self.title), Text).label("title"),
                (
                    cast(null(), Text) if self.detail is None else cast(core(self.detail), Text)
                ).label("detail"),
            ).where(core(self.contact) == contact, *self._conditions())
        )
        if after:
            found = found.where(tuple_(at, kind, key) < tuple_(*_PLACE))
        return found.order_by(at.desc(), key.desc()).limit(_LIMIT)

    def count(self, contact: ColumnElement[Any]) -> Any:
        """How many rows one contact has."""
        found = of_tenant(
            select(func.count()).where(core(self.contact) == contact, *self._conditions())
        )
        return found.scalar_subquery()

    def _conditions(self) -> list[Any]:
        return [] if self.where is None else [core(self.where)]


_PLACE = (
    bindparam("at", type_=DateTime(timezone=True)),
    bindparam("kind", type_=Text),
    bindparam("id", type_=Uuid),
)
_LIMIT = cast(bindparam("limit", type_=Integer), Integer)
#: The types of what a cursor holds.
PLACE_TYPES = tuple(place.type for place in _PLACE)


def page_statement(sources: Sequence[TimelineSource], *, after: bool) -> Statement:
    """Of each contact in the parameter ``contacts``, the newest rows of all *sources* together.

    Each source is cut to a page before they are merged, so it reads as much as it may show.
    """
    contacts = _contacts()
    parts = [s.rows(contacts.c.id, after).correlate(contacts).subquery() for s in sources]
    merged = union_all(*(select(part) for part in parts)).subquery()
    order = (merged.c.at.desc(), merged.c.kind.desc(), merged.c.id.desc())
    page = select(merged).order_by(*order).limit(_LIMIT).lateral()
    order = (page.c.at.desc(), page.c.kind.desc(), page.c.id.desc())
    return Statement(
        select(contacts.c.id.label("contact"), *page.c)
        .select_from(contacts.join(page, literal(True)))
        .order_by(contacts.c.id, *order)
    )


def count_statement(sources: Sequence[TimelineSource]) -> Statement:
    """How many rows each contact has in all *sources*."""
    contacts = _contacts()
    total: Any = sum((s.count(contacts.c.id) for s in sources[1:]), sources[0].count(contacts.c.id))
    return Statement(select(contacts.c.id, total))


def _contacts() -> Any:
    given = func.unnest(bindparam("contacts", type_=ARRAY(Uuid)))
    return select(given.label("id")).subquery("contact")
