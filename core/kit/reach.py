"""Looking along the tree: which contacts a scope names, and pages over all of theirs.

A page over a large subtree has no way that is always good, so it carries three and takes one.
Each is written so that PostgreSQL runs it the same way whatever it expects of the reach; so the
statement need not be planned for each contact anew, which would take longer than running it.

- a **small** reach: the newest rows of each of its contacts;
- a large one: the **newest** rows of the whole tenant, kept if their contact is within reach.
  Where the reach is lively they fill the page;
- else the rows of those contacts within reach whose last row is newest. A page of *n* rows
  comes from the *n* contacts with the greatest last row: each other contact has *n* before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    Integer,
    Table,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.sql import ColumnElement, FromClause, Select

from core.kit.arguments import Args, Bind
from core.kit.db import owned
from core.kit.errors import BadInput
from core.kit.order import Order
from core.kit.paging import beyond, read_cursor
from core.kit.sql import key_of

#: Up to so many contacts, each is asked for its newest rows.
SMALL = 100
#: Up to so many contacts, the roll-up is asked at once.
MIDDLE = 2000
#: So many of the tenant's newest rows are looked through before the roll-up is.
NEWEST = 2000
MAX_LEVEL = 1000
_WAYS = (
    ("descendants", "ancestor_id", "descendant_id"),
    ("ancestors", "descendant_id", "ancestor_id"),
)


@dataclass(frozen=True, eq=False)
class Rollup:
    """What writers keep per contact of the rows of a relation: the greatest value of the column
    they are ordered by, and how many there are."""

    #: The column of the rows that says whose they are.
    of: str
    table: FromClause
    contact: str
    last: str
    count: str


class Reach:
    """The ids that a scope names around one row, as selects from the closure table."""

    def __init__(self, tree: Table, key: Any, scope: Args, bind: Bind) -> None:
        own: bool = scope["self"]
        self.selects: list[Select[Any]] = []
        self.key = key
        for way, near, far in _WAYS:
            levels = scope.get(way) or {}
            if not levels.get("all") and levels.get("at") is None:
                continue
            closure = tree.alias()
            found = select(closure.c[far].label("id")).where(owned(closure), closure.c[near] == key)
            if levels.get("at") is not None:
                chosen = closure.c.depth == func.any(bind(partial(_steps, way), ARRAY(Integer)))
                found = found.where(chosen | (closure.c.depth == 0) if own else chosen)
            elif not own:
                found = found.where(closure.c.depth > 0)
            own = False  # depth 0 is the row itself: it is named once
            self.selects.append(found)
        #: Only the row itself is named; no table is asked.
        self.only_own = own and not self.selects
        if own and self.selects:
            raise AssertionError("the first way along the tree names the row itself")

    def contains(self, column: Any) -> ColumnElement[bool]:
        """Whether the id in *column* is within reach."""
        if self.only_own:
            return column == self.key  # type: ignore[no-any-return]
        if not self.selects:
            return false()
        # Said explicitly: SQLAlchemy correlates with the nearest select only, and would
        # else read the parent's table a second time, without any condition.
        return column.in_(self._one().correlate(self.key.table))  # type: ignore[no-any-return]

    def rows(self, name: str) -> FromClause:
        """The ids within reach as a table with the column ``id``."""
        found: FromClause = self._one().correlate(self.key.table).subquery(name)
        return found

    def hashed(self, column: Any) -> ColumnElement[bool]:
        """The same for very many ids: all that are within reach are hashed first."""
        return self.contains(column).is_(true())  # no join, as PostgreSQL would make of it alone

    def probed(self, column: Any) -> ColumnElement[bool]:
        """The same, asked of the closure for one id after the other, whatever PostgreSQL thinks
        of it: for few ids, or where the first that are within reach are enough."""
        return or_(*(self._probe(found, column) for found in self.selects))

    def _probe(self, found: Select[Any], column: Any) -> ColumnElement[bool]:
        (id_,) = found.selected_columns
        one = found.with_only_columns(literal_column("true", Boolean)).where(id_ == column)
        return one.limit(1).correlate(self.key.table, column.table).scalar_subquery()

    def has_at_most(self, number: int) -> ColumnElement[bool]:
        some: Select[Any] = (
            select(literal_column("1")).select_from(self.rows("some")).limit(number + 1)
        )
        few = select(func.count() <= number).select_from(
            some.correlate(self.key.table).subquery("few")
        )
        return few.correlate(self.key.table).scalar_subquery()

    def _one(self) -> Any:
        if len(self.selects) == 1:
            return self.selects[0]
        parts = union_all(*(s.correlate(self.key.table) for s in self.selects)).subquery()
        return select(parts.c.id)


def counted_within(reach: Reach, rollup: Rollup) -> Select[Any]:
    """How many rows there are along the tree, from what each contact has."""
    table, middle = rollup.table.alias(), reach.has_at_most(MIDDLE)
    count, contact = table.c[rollup.count].label("n"), table.c[rollup.contact]
    counts = union_all(
        *(
            select(count).where(owned(table), within(contact), condition).correlate(reach.key.table)
            for within, condition in ((reach.contains, middle), (reach.hashed, ~middle))
        )
    ).subquery("counts")
    return select(cast(func.coalesce(func.sum(counts.c.n), 0), Integer))


class TreePage:
    """The keys of one page of *table*'s rows whose *contact* is within *reach*."""

    def __init__(
        self,
        table: Table,
        contact: str,
        reach: Reach,
        rollup: Rollup,
        order: Sequence[Order],
        args: Args,
        bind: Bind,
    ) -> None:
        self.table, self.contact, self.reach, self.rollup = table, contact, reach, rollup
        self.order, self.bind = order, bind
        self.after = args.get("after") is not None
        self.limit: Any = None

    def keys(self, limit: Any) -> Select[Any]:
        """A select of at most four times *limit* keys, among which the page's are."""
        self.limit = limit
        parent = self.reach.key.table
        newest = (
            self._newest().correlate(parent).cte("newest", nesting=True).prefix_with("materialized")
        )
        filled = select(func.count() > self.limit - 1).select_from(newest).scalar_subquery()
        small, middle = self.reach.has_at_most(SMALL), self.reach.has_at_most(MIDDLE)
        parts = union_all(
            select(newest.c.id),
            self._of_each(self.reach.rows("near"), small).correlate(parent),
            *(
                self._of_each(self._liveliest(within, condition), true()).correlate(parent)
                for within, condition in (
                    (self.reach.contains, ~small & middle),
                    (self.reach.hashed, ~middle & ~filled),
                )
            ),
        ).subquery("page")
        return select(parts.c.id).correlate(parent)

    def _newest(self) -> Select[Any]:
        """Of the tenant's newest rows, those within reach; none if the reach is small."""
        table = self.table.alias()
        columns = [key_of(table).label("id"), table.c[self.contact]]
        some = (
            select(*columns, *(c for c in self._columns(table)[:-1]))
            .where(owned(table), *self._beyond(table))
            .order_by(*self._clauses(table))
            .limit(NEWEST)
            .subquery("some")
        )
        return (
            select(some.c.id)
            .where(~self.reach.has_at_most(MIDDLE), self.reach.probed(some.c[self.contact]))
            .order_by(*self._clauses(some))
            .limit(self.limit)
        )

    def _of_each(self, contacts: FromClause, condition: Any) -> Select[Any]:
        """The newest rows of each of *contacts*, and of those the newest."""
        table = self.table.alias()
        own = (
            select(key_of(table).label("id"), *self._columns(table)[:-1])
            .where(owned(table), table.c[self.contact] == contacts.c.id, *self._beyond(table))
            .order_by(*self._clauses(table))
            .limit(self.limit)
            .lateral("own")
        )
        found = (
            select(own.c.id)
            .select_from(contacts.join(own, true()))
            .where(condition)
            .order_by(*self._clauses(own))
            .limit(self.limit)
            .correlate(self.reach.key.table)
            .subquery()
        )
        return select(found.c.id)

    def _liveliest(self, within_reach: Callable[[Any], Any], condition: Any) -> FromClause:
        """The contacts within reach that the page can come from.

        Those whose last row is before the page may have more behind it; of the others, as many
        as the page has rows, and all that tie with the last of them.
        """
        rollup = self.rollup.table.alias()
        last = rollup.c[self.rollup.last]
        within = [
            owned(rollup),
            within_reach(rollup.c[self.rollup.contact]),
            last.is_not(None),
            condition,
        ]
        contact = rollup.c[self.rollup.contact].label("id")
        some = select(contact).where(*within).order_by(last.desc())
        parent = self.reach.key.table
        if not self.after:
            return some.fetch(self.limit, with_ties=True).correlate(parent).subquery("lively")
        types = [o.column.type for o in self.order]
        start = self.bind(lambda args: read_cursor(args["after"], types)[0], types[0])
        both = union_all(
            select(contact).where(*within, last >= start).correlate(parent),
            select(
                some.where(last < start)
                .fetch(self.limit, with_ties=True)
                .correlate(parent)
                .subquery()
                .c.id
            ),
        )
        return both.subquery("lively")

    def _columns(self, source: FromClause) -> list[Any]:
        """The columns of the order, by the names they have in the table; the key is last."""
        return [source.c[str(o.column.key)] for o in self.order]

    def _clauses(self, source: FromClause) -> list[Any]:
        columns = [*self._columns(source)[:-1], source.c.id if "id" in source.c else key_of(source)]
        return [
            Order(column, o.descending).clause
            for column, o in zip(columns, self.order, strict=True)
        ]

    def _beyond(self, table: FromClause) -> list[ColumnElement[bool]]:
        if not self.after:
            return []
        here = [
            Order(column, o.descending)
            for column, o in zip(self._columns(table), self.order, strict=True)
        ]
        return [beyond(here, self.bind)]


def _steps(way: str, args: Args) -> Any:
    steps = args["scope"][way]["at"]
    for step in steps:
        if not 1 <= step <= MAX_LEVEL:
            raise BadInput(f"'scope.{way}.at' has the level {step}; levels count from 1.")
    return steps
