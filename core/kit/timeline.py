"""What a module adds to the timeline of a contact, and the one statement that gathers it all.

Each source is cut to a page before they are merged, so it reads about as much as it may show.
Along the tree a source has three ways to its page, of which the database takes one:

- a **small** reach (up to 500 contacts): the newest rows of each of its contacts;
- else the **newest** rows of the whole tenant, those within reach: in a lively tree they fill it;
- else all rows within reach, the newest of which are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    Table,
    Text,
    Uuid,
    bindparam,
    cast,
    false,
    func,
    literal,
    null,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.sql import FromClause, Select

from core.kit.arguments import Args, Bind
from core.kit.db import Statement, owned
from core.kit.order import core
from core.kit.reach import NEWEST, Reach
from core.kit.sql import moved, value_beside


@dataclass(frozen=True, eq=False)
class TimelineSource:
    """The rows of one table that show on the timeline of the contact they belong to.

    *kind* names them in the API (``NOTE``), *prefix* begins their global ids, *requires* is the
    permission without which they are left out. *at*, when it happened, must never change: it is
    what pages are cut by. The others are columns or expressions of the same table. The table
    has indexes that end in (*contact*, *at*, *id*) and, if it is large, in (*at*, *id*).
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


@dataclass(frozen=True)
class Asked:
    """What decides the text of a timeline's statement; the values are its parameters."""

    after: bool = False
    since: bool = False
    until: bool = False
    #: The closure table, the arguments with the ``scope``, and what binds its levels.
    tree: tuple[Table, Args, Bind] | None = None


_PLACE = (
    bindparam("at", type_=DateTime(timezone=True)),
    bindparam("kind", type_=Text),
    bindparam("id", type_=Uuid),
)
_SINCE = bindparam("since", type_=DateTime(timezone=True))
_UNTIL = bindparam("until", type_=DateTime(timezone=True))
_LIMIT = cast(bindparam("limit", type_=Integer), Integer)
#: Up to so many contacts, each is asked for its newest rows: a timeline's sources are many, and
#: reading all that is within reach costs more than it does for a list.
FEW = 500
#: The types of what a cursor holds.
PLACE_TYPES = tuple(place.type for place in _PLACE)


def page_statement(sources: Sequence[TimelineSource], asked: Asked) -> Statement:
    """Of each contact in the parameter ``contacts``, a page of the rows of all *sources*."""
    contacts = _contacts(asked)
    parts = [part for source in sources for part in _parts(source, contacts, asked)]
    merged = union_all(*(select(part.subquery()) for part in parts)).subquery()
    page = _newest_first(select(merged), merged).lateral("page")
    order = (page.c.at.desc(), page.c.kind.desc(), page.c.id.desc())
    return Statement(
        select(contacts.c.id.label("of"), *page.c)
        .select_from(contacts.join(page, true()))
        .order_by(contacts.c.id, *order)
    )


def count_statement(sources: Sequence[TimelineSource], asked: Asked) -> Statement:
    """How many rows each contact has in all *sources*."""
    contacts = _contacts(asked)
    reach = _reach(contacts, asked)
    total: Any = 0
    for source in sources:
        rows = _Rows(source, asked)
        within = rows.contact == contacts.c.id if reach is None else reach.contains(rows.contact)
        counted = rows.found.where(within).with_only_columns(func.count())
        total = total + counted.correlate(contacts).scalar_subquery()
    return Statement(select(contacts.c.id, total))


class _Rows:
    """The rows of a source, at an alias of its table."""

    def __init__(self, source: TimelineSource, asked: Asked) -> None:
        table = core(source.id).table.alias()
        self._kind = literal(source.kind, Text)
        self._after = asked.after
        self.at, self._key, self.contact = (
            moved(core(c), table) for c in (source.at, source.id, source.contact)
        )
        self.found: Select[Any] = select(
            self.at.label("at"),
            self._kind.label("kind"),
            self._key.label("id"),
            self.contact.label("contact"),
            _text(source.title, table).label("title"),
            _text(source.detail, table).label("detail"),
        ).where(owned(table))
        if source.where is not None:
            self.found = self.found.where(value_beside(source.where, table))
        if asked.since:
            self.found = self.found.where(self.at >= _SINCE)
        if asked.until:
            self.found = self.found.where(self.at < _UNTIL)

    def newest(self, *conditions: Any, limit: Any = _LIMIT) -> Select[Any]:
        """The newest of those for which *conditions* hold, from the page's cursor on."""
        found = self.found.where(*conditions)
        if self._after:
            found = found.where(tuple_(self.at, self._kind, self._key) < tuple_(*_PLACE))
        return found.order_by(self.at.desc(), self._key.desc()).limit(limit)


def _parts(source: TimelineSource, contacts: Any, asked: Asked) -> list[Select[Any]]:
    """Selects of which one, at a time, has rows; among them are those that the page may show."""
    rows = _Rows(source, asked)
    reach = _reach(contacts, asked)
    if reach is None:
        return [rows.newest(rows.contact == contacts.c.id).correlate(contacts)]
    if not reach.selects:
        return [rows.newest(false()).correlate(contacts)]  # nobody is named
    near = reach.rows("near")
    own = rows.newest(rows.contact == near.c.id).lateral("own")
    small = _newest_first(select(own).select_from(near.join(own, true())), own)
    latest = _Rows(source, asked).newest(limit=literal(NEWEST, Integer)).subquery("latest")
    within = select(latest).where(~contacts.c.small, reach.contains(latest.c.contact))
    newest = (
        _newest_first(within, latest)
        .correlate(contacts)
        .cte(f"newest_{source.kind.lower()}", nesting=True)
        .prefix_with("materialized")
    )
    filled = select(func.count() >= _LIMIT).select_from(newest).scalar_subquery()
    rest = _Rows(source, asked)
    return [
        small.where(contacts.c.small).correlate(contacts),
        select(newest).where(filled).correlate(contacts),
        rest.newest(reach.contains(rest.contact), ~contacts.c.small, ~filled).correlate(contacts),
    ]


def _text(expression: Any, table: FromClause) -> Any:
    return cast(null() if expression is None else value_beside(expression, table), Text)


def _newest_first(rows: Select[Any], table: Any) -> Select[Any]:
    order = (table.c.at.desc(), table.c.kind.desc(), table.c.id.desc())
    return rows.order_by(*order).limit(_LIMIT)


def _reach(contacts: Any, asked: Asked) -> Reach | None:
    if asked.tree is None:
        return None
    tree, args, bind = asked.tree
    reach = Reach(tree, contacts.c.id, args["scope"], bind)
    return None if reach.only_own else reach


def _contacts(asked: Asked) -> Any:
    """The contacts that are asked for; with a scope, also whether few are within reach."""
    given = select(func.unnest(bindparam("contacts", type_=ARRAY(Uuid))).label("id"))
    contacts = given.subquery("given")
    reach = _reach(contacts, asked)
    if reach is None:
        return select(contacts.c.id).subquery("contact")
    small = reach.has_at_most(FEW) if reach.selects else true()
    return select(contacts.c.id, small.label("small")).cte("contact").prefix_with("materialized")
