"""The SQL of a relation: the rows of a table that belong to a row of another.

Both executions ask here. The plain one selects whole rows for a batch of parents, the planned
one nests the same rows in one statement; what belongs to whom is said only once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import ARRAY, Column, Integer, Table, Uuid, func, literal_column, select
from sqlalchemy.sql import ColumnElement, FromClause, Select

from core.kit.along import goes_along, page_along
from core.kit.arguments import Args, Bind, PageSize
from core.kit.db import owned
from core.kit.errors import BadInput
from core.kit.filters import Filter, Test
from core.kit.found import (
    by_index,
    counts_of,
    is_of_all,
    is_walked,
    kept_page,
    kept_rows,
    page_of,
    total_alone,
    walk_along,
    with_keys,
)
from core.kit.ids import key_in
from core.kit.order import ByKey, Order, Orders
from core.kit.paging import beyond, page_size
from core.kit.pool import PlanMode
from core.kit.reach import Reach, Rollup, TreePage, counted_within
from core.kit.rows import Linked, Rows, how_many
from core.kit.search import Search
from core.kit.sql import key_of, moved, value_beside

#: From a table and its parent: what to select from, and the two sides of the equation.
Link = Callable[[FromClause, FromClause], tuple[FromClause, Any, Any]]
#: From a table to conditions on its rows, whose values are read from the field's arguments.
Given = Callable[[FromClause, Bind], Sequence[ColumnElement[bool]]]
MAX_DAYS = 366
MAX_IDS = 250


@dataclass(frozen=True, eq=False)
class Relation:
    """Rows of *table*, for one parent row or, without *link*, for the whole tenant."""

    table: Table
    link: Link | None = None
    where: ColumnElement[bool] | None = None
    order: tuple[Order, ...] = ()
    #: Whether the primary key must be added to *order* for it to be one.
    tie: Order | None = None
    limit: int | None = None
    typical: int | None = None  #: Of a list without pages: how many rows it mostly has.
    filters: type[Filter] | None = None
    orders: Orders | None = None
    search: Search | None = None
    tree: Table | None = None
    #: What is kept per contact of these rows, for pages and totals along the tree.
    rollup: Rollup | None = None
    by: str | None = None
    paged: bool = False
    #: How many rows a page has when nobody says.
    first: int = 50
    #: Only rows younger than the argument ``days`` by this column.
    since: ColumnElement[Any] | None = None
    facets: tuple[tuple[str, ColumnElement[Any] | Linked], ...] = ()
    #: What arguments of the field's own ask of the rows.
    given: Given | None = None

    def plan_mode(self, args: Args) -> PlanMode:
        """How PostgreSQL is to plan: along the tree, and for texts of many kinds, what is usual
        ruins the query; a page that the roll-up knows is good with any values."""
        if args.get("scope") is not None and not self._is_rolled_up(args, args.get("where") or {}):
            return "force_custom_plan"
        where = args.get("where") or {}
        if goes_along(self, args, where):
            replanned = any(t.is_replanned for t in self._tests_left(where))
            return "force_custom_plan" if replanned else "force_generic_plan"
        return self._mode_of_tests(args)

    def counting_mode(self, args: Args) -> PlanMode:
        """The same for totals and facets: how to count best depends on how much there is."""
        return "force_custom_plan" if args.get("scope") is not None else self._mode_of_tests(args)

    def _mode_of_tests(self, args: Args) -> PlanMode:
        used = self._tests_used(args)
        if any(test.is_replanned for test in used):
            return "force_custom_plan"
        return "auto" if used else "force_generic_plan"

    def demands(self, args: Args) -> list[str]:
        """The permissions that the tests asked for need."""
        return [test.requires for test in self._tests_used(args) if test.requires]

    def is_checked(self, args: Args) -> bool:
        """Whether only the tenant's data can tell that *args* make sense."""
        by_key = self.by_key(args)
        return any(t.is_checked for t in self._tests_used(args)) or by_key is not None

    async def check(self, args: Args, context: Any) -> None:
        """Refuse what makes no sense to this tenant; all that is looked up is so together."""
        where = args.get("where") or {}
        used = self.filters.used(where) if self.filters is not None else ()
        checks = [test.check(where[name], context) for name, test in used if test.is_checked]
        if (by_key := self.by_key(args)) is not None:
            checks.append(by_key.check(args, context))
        await asyncio.gather(*checks)

    def _tests_left(self, where: Args) -> list[Test]:
        """The tests that a page along the order leaves to how they are planned."""
        assert self.filters is not None
        return [t for name, t in self.filters.used(where) if not t.goes_along(where[name])]

    def _tests_used(self, args: Args) -> list[Test]:
        where = args.get("where")
        return [t for _, t in self.filters.used(where)] if self.filters and where else []

    def rows(
        self,
        parent: FromClause | None,
        args: Args,
        bind: Bind,
        table: FromClause | None = None,
        *,
        at_once: bool = False,
    ) -> Rows:
        """With *at_once*, a page is that of all that pass, whether or not they are many."""
        table = self.table.alias() if table is None else table
        source: FromClause = table
        conditions = [owned(table)]
        reach: Reach | None = None
        if self.link:
            assert parent is not None, "without its parent, a relation is the whole table"
            source, column, key = self.link(table, parent)
            if self.tree is not None and args.get("scope") is not None:
                reach = Reach(self.tree, key, args["scope"], bind)
            conditions.append(column == key if reach is None else reach.contains(column))
        conditions += self._by(table, bind)
        if self.where is not None:
            conditions.append(moved(self.where, table))
        if self.since is not None:
            days = bind(_days, Integer())
            young = func.now() - func.make_interval(0, 0, 0, days)
            conditions.append(moved(self.since, table) > young)
        if self.search is not None and args.get("search") is not None:
            conditions.append(self.search.condition(table, bind))
        found = select().select_from(source).where(*conditions)
        where = args.get("where") or {} if self.filters is not None else {}
        everything = found.where(*self.tests(table, where, bind))
        limit: Any = None
        if self.paged:
            limit = bind(lambda a: page_size(a) + 1, PageSize())
        elif self.limit is not None:
            limit = literal_column(str(self.limit), Integer)  # a number PostgreSQL can see
        order = self._order(table, args)
        page = everything
        if (by_key := self.by_key(args)) is not None:
            beside, first = by_key.rows(table, args, bind)
            page = everything.select_from(source.outerjoin(beside.table, beside.on))
            order = [*first, *order]
        rolled = reach is not None and bool(reach.selects) and self._is_rolled_up(args, where)
        if rolled:
            page = self._tree_page(table, reach, order, args, bind, limit)
        elif args.get("after") is not None:
            page = page.where(beyond(order, bind))
        kept = of_each = kept_rows(self, args, where, bind)
        walk = walk_along(self, args, bind) if is_walked(self, args, where) else None
        if self.paged and (kept is not None or walk is not None):
            keys = None if kept is None else page_of(self, kept, args, where, bind, limit)
            if walk is not None:
                keys = walk.keys(by_index(self, args, bind) if keys is None else keys, limit)
            if keys is not None:
                page = with_keys(table, keys)
        elif not at_once and goes_along(self, args, where):
            page = self._along(table, args, bind, limit)
        counts = counts_of(self, where, kept, walk)
        weight = None
        if counts is not None:
            of_each, weight = counts, counts.c.n
        facets = []
        for name, column in self.facets:
            if of_each is not None and self.search is not None and self.search.keeps(column):
                tests = self.tests(of_each, where, bind, name)
                counted = select().select_from(of_each).where(*tests)
                facets.append((name, moved(column, of_each), counted))
                continue
            counted = found.where(*self.tests(table, where, bind, name))
            if isinstance(column, Linked):
                column, joined = column.beside(source, table)
                counted = counted.select_from(joined)
            facets.append((name, moved(column, table), counted))
        total = everything.add_columns(func.count())
        if self.search is not None and is_of_all(self, args, where):
            total = self.search.total(bind)
            if walk is not None and kept is not None:
                total = walk.total(kept)
        elif of_each is not None:
            tests = self.tests(of_each, where, bind)
            total = select(how_many(weight)).select_from(of_each).where(*tests)
        elif (counted_alone := total_alone(self, args, where, bind)) is not None:
            total = counted_alone
        if rolled:
            assert reach is not None
            assert self.rollup is not None
            total = counted_within(reach, self.rollup)
        return Rows(table, total, page, order, limit, facets, weight)

    def _along(self, table: FromClause, args: Args, bind: Bind, limit: Any) -> Select[Any]:
        kept = kept_page(self, args, args["where"], bind, limit)
        return page_along(self, table, args, bind, kept, limit)

    def _is_rolled_up(self, args: Args, where: Args) -> bool:
        """Whether a page along the tree is of all rows, in the order that the roll-up knows."""
        unfiltered = all(value is None for value in where.values()) and self.where is None
        as_kept = not args.get("orderBy") and self.by_key(args) is None
        return self.rollup is not None and unfiltered and as_kept and args.get("search") is None

    def _tree_page(
        self, table: FromClause, reach: Any, order: list[Order], args: Args, bind: Bind, limit: Any
    ) -> Select[Any]:
        assert self.rollup is not None
        page = TreePage(self.table, self.rollup.of, reach, self.rollup, order, args, bind)
        keys = page.keys(limit).correlate(reach.key.table)
        return select().select_from(table).where(owned(table), key_of(table).in_(keys))

    def by_key(self, args: Args) -> ByKey | None:
        by_key = self.orders.by_key if self.orders is not None else None
        return by_key if by_key is not None and by_key.given(args) is not None else None

    def ordered_by(self, args: Args) -> tuple[Order, ...]:
        """The columns of the order that *args* ask for, the last of which breaks ties."""
        asked = args.get("orderBy")
        order = self.order
        if asked and self.orders is not None:
            order = tuple(self.orders.chosen(asked))
        if self.tie is not None:
            descending = bool(order) and order[-1].descending
            order = (*order, replace(self.tie, descending=descending))
        return order

    def _order(self, table: FromClause, args: Args) -> list[Order]:
        return [
            Order(
                moved(o.column, table)
                if isinstance(o.column, Column)
                else value_beside(o.column, table),
                o.descending,
            )
            for o in self.ordered_by(args)
        ]

    def tests(
        self,
        table: FromClause,
        where: Args,
        bind: Bind,
        without: str | None = None,
    ) -> list[ColumnElement[bool]]:
        if self.filters is None:
            return []
        return self.filters.conditions(table, where, bind, without=without)

    def _by(self, table: FromClause, bind: Bind) -> list[ColumnElement[bool]]:
        prefix = str(self.table.info.get("prefix"))
        if self.given is not None:
            return list(self.given(table, bind))
        if self.by == "id":
            return [key_of(table) == bind(lambda a: key_in(a["id"], prefix), Uuid())]
        if self.by == "ids":
            return [key_of(table) == func.any(bind(partial(_keys, prefix), ARRAY(Uuid)))]
        return []


def _keys(prefix: str, args: Args) -> Any:
    ids = args["ids"]
    if len(ids) > MAX_IDS:
        raise BadInput(f"'ids' has {len(ids)} entries; {MAX_IDS} are allowed.")
    return [key_in(identifier, prefix, field="ids") for identifier in ids]


def _days(args: Args) -> Any:
    days = args["days"]
    if not 1 <= days <= MAX_DAYS:
        raise BadInput(f"'days' is {days}; it must be between 1 and {MAX_DAYS}.")
    return days
