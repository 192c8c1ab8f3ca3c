"""What many rows pass is tested along the order of the list, until a page is full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, and_, case, cast, func, literal_column, select
from sqlalchemy.sql import ColumnElement, FromClause, Select

from core.kit.arguments import Args, Bind
from core.kit.db import owned
from core.kit.passing import Course, Passing
from core.kit.sampled import Sampled
from core.kit.sql import key_of

if TYPE_CHECKING:
    from core.kit.relation import Relation

#: Fewer of them are no sign of anything.
FEWEST = 4
#: So many rows are gone along at least, where it is quicker.
NEAR = 1_000


def goes_along(relation: Relation, args: Args, where: Args) -> bool:
    """Whether a page of what passes *where* may be found along an index of its order."""
    if relation.filters is None or args.get("search") is not None or relation.link is not None:
        return False
    used = relation.filters.used(where)
    return any(test.goes_along(where[name]) for name, test in used) and has_index(relation, args)


def has_index(relation: Relation, args: Args) -> bool:
    """Whether the pages of a list stand in the order of an index."""
    if not relation.paged or relation.by_key(args) is not None:
        return False
    order = relation.ordered_by(args)
    names = ["tenant_id", *(getattr(o.column, "name", None) for o in order)]
    last_first = order[0].descending and order[0].nullable
    return not last_first and any(
        [column.name for column in index.columns] == names for index in relation.table.indexes
    )


def page_along(
    relation: Relation,
    table: FromClause,
    args: Args,
    bind: Bind,
    kept: Select[Any] | None,
    limit: Any,
) -> Select[Any]:
    """The rows of a page: along the order until it is full, else by the keys of all that pass, in
    whose order they may be *kept*.

    One statement has all ways and finds out by itself, so there is nothing for PostgreSQL to
    guess: it plans once, for tenants that it has not counted yet, too.
    """
    where = args["where"]
    furthest = _furthest(relation, where, bind)
    walk = Course(relation, args, bind, furthest, limit)
    keys = walk.keys(lambda rows: _passes(relation, where, rows, bind))
    by_key = (
        _of_all(relation, args, bind, limit) if kept is None else func.array(kept.scalar_subquery())
    )
    all_keys = case((walk.is_over(keys), keys), else_=by_key)
    # An array, not a select: PostgreSQL takes it for so few that it looks each up.
    found = key_of(table) == func.any(all_keys)
    return select().select_from(table).where(owned(table), found)


def _of_all(relation: Relation, args: Args, bind: Bind, limit: Any) -> Any:
    """The keys of a page, by those of all that pass."""
    if (passing := Passing.of(relation, args["where"], bind)) is not None:
        return passing.page(args, limit)
    rows = relation.rows(None, args, bind, at_once=True)
    return func.array(rows.select([key_of(rows.table)]).scalar_subquery())


def _furthest(relation: Relation, where: Args, bind: Bind) -> Any:
    """How many rows to test along the order at most: none if few pass.

    Where those that pass stand together, it may be in vain: hence no more than take as long as to
    find all that pass. How many those are is supposed from a few blocks of the table, since what
    stands first in an order is not like the rest of it.
    """
    sampled = Sampled(relation.table)
    percent = sampled.percent
    few = sampled.hits([lambda rows: _passes(relation, where, rows, bind)]).cte()
    hits, pace = few.c.hits0, max(test.pace for _, test in _used(relation, where))
    share = max(test.common for _, test in _used(relation, where))
    far = func.greatest(literal_column(str(NEAR)), hits * literal_column(f"{100 * pace}") / percent)
    is_common = and_(
        hits >= literal_column(str(FEWEST)), hits >= few.c.rows * literal_column(f"{share}")
    )
    asked = select(
        case((is_common, cast(far, BigInteger)), else_=literal_column("0")).label("furthest")
    ).cte()
    return select(asked.c.furthest).scalar_subquery()


def _passes(relation: Relation, where: Args, table: FromClause, bind: Bind) -> ColumnElement[bool]:
    """Whether a row of *table* passes all tests."""
    tests = _used(relation, where)
    return and_(*(c for name, t in tests for c in t.along(name, where[name], table, bind)))


def _used(relation: Relation, where: Args) -> Any:
    assert relation.filters is not None
    return relation.filters.used(where)
