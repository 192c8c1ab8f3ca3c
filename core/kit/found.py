"""How what is searched is found and counted: along the list, by what is kept, or row by row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.sql import FromClause, Select

from core.kit.along import has_index
from core.kit.arguments import Args, Bind
from core.kit.db import owned
from core.kit.filters import Test
from core.kit.order import Order
from core.kit.paging import beyond
from core.kit.passing import Passing
from core.kit.sql import key_of, moved
from core.kit.walk import Walk

if TYPE_CHECKING:
    from core.kit.relation import Relation


def is_of_all(relation: Relation, args: Args, where: Args) -> bool:
    """Whether what is searched is all there is, so that the search alone says how many."""
    if not _is_searched(relation, args):
        return False
    return _is_whole(relation) and all(each is None for each in where.values())


def kept_rows(relation: Relation, args: Args, where: Args, bind: Bind) -> FromClause | None:
    """What the search keeps of the rows of a list, if that is all that its filters ask for."""
    search = relation.search
    if not _is_searched(relation, args) or search is None or not _is_whole(relation):
        return None
    tests = relation.filters.used(where) if relation.filters is not None else ()
    if search.kept is None or not all(search.keeps(test.column) for _, test in tests):
        return None
    return search.rows(bind)


def counts_of(
    relation: Relation, where: Args, found: FromClause | None, walk: Walk | None
) -> FromClause | None:
    """How many rows a list has, by what its filters and facets ask for, if that is kept."""
    search = relation.search
    if found is None or walk is None or search is None or search.kept is None:
        return None
    asked = {name for name, value in where.items() if value is not None}
    asked |= {name for name, _ in relation.facets}
    return walk.counts(found) if asked <= search.kept.counted_for else None


def page_of(
    relation: Relation, found: FromClause, args: Args, where: Args, bind: Bind, limit: Any
) -> Select[Any] | None:
    """The keys of a page of what is kept, if its order is kept too."""
    search, asked = relation.search, relation.ordered_by(args)
    assert search is not None
    if relation.by_key(args) is not None or not all(search.keeps(o.column) for o in asked):
        return None
    order = [Order(moved(o.column, found), o.descending) for o in asked]
    tests = relation.tests(found, where, bind)
    if args.get("after") is not None:
        tests.append(beyond(order, bind))
    keys = select(found.c.id).where(*tests)
    return keys.order_by(*(o.clause for o in order)).limit(limit)


def kept_page(
    relation: Relation, args: Args, where: Args, bind: Bind, limit: Any
) -> Select[Any] | None:
    """The keys of a page of what passes the only test, if it keeps what they are ordered by."""
    only = _only_test(relation, args, where)
    if only is None:
        return None
    name, test = only
    kept = test.kept(name, where[name], bind)
    asked = relation.ordered_by(args)
    if kept is None or not {getattr(o.column, "name", None) for o in asked} <= set(kept.c.keys()):
        return None
    order = [Order(kept.c[o.column.name], o.descending) for o in asked]
    keys = select(kept.c.id)
    if args.get("after") is not None:
        keys = keys.where(beyond(order, bind))
    return keys.order_by(*(o.clause for o in order)).limit(limit)


def total_alone(relation: Relation, args: Args, where: Args, bind: Bind) -> Select[Any] | None:
    """How many rows pass, if the tests say so themselves."""
    only = _only_test(relation, args, where)
    total = only[1].total(only[0], where[only[0]], bind) if only is not None else None
    if total is not None or not _is_whole(relation) or args.get("search") is not None:
        return total
    passing = Passing.of(relation, where, bind)
    return passing.total() if passing is not None else None


def _only_test(relation: Relation, args: Args, where: Args) -> tuple[str, Test] | None:
    """The test that decides alone which rows a list has."""
    used = list(relation.filters.used(where)) if relation.filters is not None else []
    is_all = _is_whole(relation) and args.get("search") is None
    return used[0] if is_all and len(used) == 1 else None


def is_walked(relation: Relation, args: Args, where: Args) -> bool:
    """Whether a page of what is searched may be found along an index of its order."""
    search = relation.search
    if not _is_searched(relation, args) or search is None:
        return False
    filtered = {name for name, value in where.items() if value is not None}
    narrowed = relation.link is not None or not filtered <= search.wide
    return not narrowed and has_index(relation, args)


def walk_along(relation: Relation, args: Args, bind: Bind) -> Walk:
    assert relation.search is not None
    return Walk(relation.search, lambda: relation.rows(None, {**args, "search": None}, bind), bind)


def by_index(relation: Relation, args: Args, bind: Bind) -> Select[Any]:
    """The keys of a page of what is found, put in order by a look at each row."""
    assert relation.search is not None
    probed = replace(relation.search, walked=None, kept=None, probed=True)
    rows = replace(relation, search=probed).rows(None, args, bind)
    return rows.select([key_of(rows.table)])


def with_keys(table: FromClause, keys: Select[Any]) -> Select[Any]:
    return select().select_from(table).where(owned(table), key_of(table).in_(keys))


def _is_whole(relation: Relation) -> bool:
    """Whether the list is of all rows, its filters apart."""
    narrower = (relation.link, relation.where, relation.since, relation.given, relation.by)
    return all(each is None for each in narrower)


def _is_searched(relation: Relation, args: Args) -> bool:
    search = relation.search
    return search is not None and search.walked is not None and args.get("search") is not None
