"""When what is searched is found along the order of a list, and when only the search counts it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.sql import FromClause, Select

from core.kit.arguments import Args, Bind
from core.kit.db import owned
from core.kit.sql import key_of

if TYPE_CHECKING:
    from core.kit.relation import Relation


def is_of_all(relation: Relation, args: Args, where: Args) -> bool:
    """Whether what is searched is all there is, so that the search alone says how many."""
    if not _is_searched(relation, args):
        return False
    narrower = (relation.link, relation.where, relation.since, relation.given, relation.by)
    return all(each is None for each in (*narrower, *where.values()))


def is_walked(relation: Relation, args: Args, where: Args) -> bool:
    """Whether a page of what is searched may be found along an index of its order."""
    search = relation.search
    if not _is_searched(relation, args) or search is None:
        return False
    filtered = {name for name, value in where.items() if value is not None}
    if not relation.paged or relation.by_key(args) is not None or not filtered <= search.wide:
        return False
    order = relation.ordered_by(args)
    names = ["tenant_id", *(getattr(o.column, "name", None) for o in order)]
    last_first = order[0].descending and order[0].nullable
    return not last_first and any(
        [column.name for column in index.columns] == names for index in relation.table.indexes
    )


def found_first(
    relation: Relation, table: FromClause, args: Args, bind: Bind, limit: Any
) -> Select[Any]:
    """A page of what is found, the same as by the index of the search."""
    assert relation.search is not None
    by_index = replace(relation, search=replace(relation.search, walked=None, probed=True))
    keys = relation.search.first(
        lambda: relation.rows(None, {**args, "search": None}, bind),
        by_index.rows(None, args, bind),
        limit,
        bind,
    )
    return select().select_from(table).where(owned(table), key_of(table).in_(keys))


def _is_searched(relation: Relation, args: Args) -> bool:
    search = relation.search
    return search is not None and search.walked is not None and args.get("search") is not None
