"""Expressions written on models, moved to the alias at hand and kept within the tenant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, ColumnClause, Select
from sqlalchemy.sql import FromClause
from sqlalchemy.sql.util import ClauseAdapter
from sqlalchemy.sql.visitors import cloned_traverse, iterate
from sqlalchemy.util import EMPTY_DICT

from core.kit.db import owned
from core.kit.order import core


def key_of(table: FromClause) -> Any:
    """The column that, within a tenant, tells the rows of *table* apart; None if several do."""
    keys = [c for c in table.primary_key if c.key != "tenant_id"]
    return table.c[keys[0].key] if len(keys) == 1 else None


def target(column: Any) -> Column[Any]:
    """The column, other than the tenant's, that a foreign key points to."""
    (key,) = column.foreign_keys
    found: Column[Any] = key.column
    return found


def prefix_of_target(column: Any) -> str | None:
    """How the global ids in a foreign key, or in an own key, begin; None for other columns."""
    if getattr(column, "foreign_keys", None):
        return str(target(column).table.info["prefix"])
    table = getattr(column, "table", None)
    if table is not None and column is key_of(table):
        return str(table.info["prefix"])
    return None


#: Aliases that plans take again and again, and what was made for each: a plan takes twice as
#: long if it makes their columns anew.
_aliases: dict[FromClause, list[FromClause]] = {}
_made: dict[FromClause, dict[tuple[int, bool], tuple[Any, Any]]] = {}
MOST_MADE = 4096


def alias_of(table: FromClause, number: int) -> FromClause:
    """The alias that stands for *table* where a statement reads it for the *number*th time."""
    known = _aliases.setdefault(table, [])
    while len(known) <= number:
        alias = table.alias()
        _made[alias] = {}
        known.append(alias)
    return known[number]


def moved(expression: Any, to: FromClause) -> Any:
    """*expression*, reading its columns from the alias *to*."""
    return _once(expression, to, False, lambda: ClauseAdapter(to).traverse(core(expression)))


def value_beside(expression: Any, parent: FromClause) -> Any:
    """*expression*, or the only value of a select, for the row of *parent*; of its tenant only."""

    def make() -> Any:
        found = ClauseAdapter(parent).traverse(core(of_tenant(expression)))
        return found.correlate(parent).scalar_subquery() if isinstance(found, Select) else found

    return _once(expression, parent, True, make)


def _once(expression: Any, to: FromClause, as_value: bool, make: Callable[[], Any]) -> Any:
    made = _made.get(to)
    if made is None:
        return make()
    key = (id(expression), as_value)
    if key not in made:
        if len(made) >= MOST_MADE:
            made.clear()  # of expressions that are made for each plan
        # Keeps the expression, so that its id stays its own.
        made[key] = (expression, _of_core(make()))
    return made[key][1]


def _of_core(expression: Any) -> Any:
    """*expression*, a copy of our own, forgetting that it was written with mapped attributes: each
    select around it would else be looked at for entities, which takes as long as all else.

    Columns are no copies: the models' own would forget it, and sessions would read what they are
    of without the tenant.
    """
    for each in iterate(expression):
        if not isinstance(each, ColumnClause) and getattr(each, "_propagate_attrs", None):
            each._propagate_attrs = EMPTY_DICT  # type: ignore[attr-defined]
    return expression


def of_tenant(expression: Any) -> Any:
    """*expression* with the tenant predicate in each of its selects."""

    def add(statement: Any) -> None:
        predicates = [owned(t) for t in statement.get_final_froms() if "tenant_id" in t.c]
        statement._where_criteria += tuple(predicates)

    return cloned_traverse(expression, {}, {"select": add})
