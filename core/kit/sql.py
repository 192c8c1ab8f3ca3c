"""Expressions written on models, moved to the alias at hand and kept within the tenant."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Select
from sqlalchemy.sql import FromClause
from sqlalchemy.sql.util import ClauseAdapter
from sqlalchemy.sql.visitors import cloned_traverse

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


def moved(expression: Any, to: FromClause) -> Any:
    """*expression*, reading its columns from the alias *to*."""
    return ClauseAdapter(to).traverse(core(expression))


def value_beside(expression: Any, parent: FromClause) -> Any:
    """*expression*, or the only value of a select, for the row of *parent*; of its tenant only."""
    found = moved(of_tenant(expression), parent)
    return found.correlate(parent).scalar_subquery() if isinstance(found, Select) else found


def of_tenant(expression: Any) -> Any:
    """*expression* with the tenant predicate in each of its selects."""

    def add(statement: Any) -> None:
        predicates = [owned(t) for t in statement.get_final_froms() if "tenant_id" in t.c]
        statement._where_criteria += tuple(predicates)

    return cloned_traverse(expression, {}, {"select": add})
