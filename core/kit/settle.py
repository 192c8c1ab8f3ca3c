"""From what is written in a declaration to a relation, once the type that has it is known."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import strawberry
from sqlalchemy import Column, FromClause, Table, tuple_
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryContainer, get_object_definition
from strawberry.types.field import StrawberryField

from core.kit.db import owned
from core.kit.errors import ModuleError
from core.kit.filters import Filter
from core.kit.order import Order, Orders, core
from core.kit.reach import Rollup
from core.kit.relation import Link, Relation
from core.kit.rows import Linked
from core.kit.search import Search
from core.kit.sources import Record
from core.kit.sql import key_of, of_tenant, target


class Paged:
    """Marks the types that are lists in parts: a field of such a type takes ``first``."""


@strawberry.input(one_of=True, description="Which levels: all of them, or some, 1 the nearest.")
class Levels:
    all: bool | None = strawberry.UNSET
    at: list[int] | None = strawberry.UNSET


@strawberry.input(description="Whose rows, seen along the hierarchy.")
class Scope:
    own: bool = strawberry.field(name="self", default=True, description="The contact's own.")
    ancestors: Levels | None = strawberry.field(
        default=strawberry.UNSET, description="Those of its parents, grandparents …"
    )
    descendants: Levels | None = strawberry.field(
        default=strawberry.UNSET, description="Those of its sub-contacts, and theirs …"
    )


@dataclass(frozen=True, eq=False)
class Late:
    """A relation whose direction is known once the type that has the field is."""

    key: Any
    where: Any = None
    order_by: tuple[Any, ...] = ()
    limit: int | None = None
    filters: type[Filter] | None = None
    tree: Any = None
    to: Any = None
    one: bool = False
    orders: Orders | None = None
    first: int | None = None
    since: Any = None
    facets: tuple[tuple[str, Any], ...] = ()
    rollup: Rollup | None = None
    search: Search | None = None
    typical: int | None = None

    def relation(self, owner: Table | None, paged: bool) -> Relation:
        table, link = self._link(owner)
        key = key_of(table)
        unique = self.one and self.key.table is owner  # at the far side of a foreign key
        if paged and key is None:
            raise ModuleError(f"Pages of {table.name} need a key of one column.")
        return Relation(
            table=table,
            link=link,
            where=None if self.where is None else of_tenant(core(self.where)),
            order=tuple(Order.of(o) for o in self.order_by),
            tie=Order(key) if key is not None and not unique else None,
            limit=1 if self.one and not unique else self.limit,
            typical=self.typical,
            filters=self.filters,
            orders=self.orders,
            search=self.search,
            tree=core(self.tree.__table__) if self.tree else None,
            rollup=self.rollup,
            paged=paged,
            first=self.first or 50,
            since=None if self.since is None else core(self.since),
            facets=tuple(
                (name, column if isinstance(column, Linked) else core(column))
                for name, column in self.facets
            ),
        )

    def arguments(self, paged: bool) -> list[StrawberryArgument]:
        added: list[tuple[str, Any, Any]] = []
        if paged:
            added.append(("first", int, self.first or 50))
            if self.since is None:
                added.append(("after", str | None, strawberry.UNSET))
        if self.since is not None:
            added.append(("days", int, 31))
        if self.filters:
            added.append(("where", self.filters | None, strawberry.UNSET))
        if self.orders:
            added.append(("order_by", list[self.orders.enum] | None, strawberry.UNSET))  # type: ignore[name-defined]
            if self.orders.by_key:
                by_key = self.orders.by_key
                added.append((by_key.argument, by_key.type | None, strawberry.UNSET))
        if self.tree:
            added.append(("scope", Scope | None, strawberry.UNSET))
        made = [
            StrawberryArgument(name, None, StrawberryAnnotation(type_), default=default)
            for name, type_, default in added
        ]
        if self.search:
            text = StrawberryAnnotation(str | None)
            made.append(
                StrawberryArgument(
                    "search", None, text, description=self.search.description,
                    default=strawberry.UNSET,
                )
            )  # fmt: skip
        return made

    def _link(self, owner: Table | None) -> tuple[Table, Any]:
        if isinstance(self.key, Table):
            return self.key, None
        column = self.key
        if self.to is not None:
            near = column if isinstance(column, tuple) else (column,)
            return _through(near, core(self.to))
        if self.one and column.table is owner:
            to = target(column)
            return to.table, lambda t, parent: (t, t.c[to.key], parent.c[column.key])
        return column.table, lambda t, parent: (t, t.c[column.key], key_of(parent))


def _through(near: tuple[Column[Any], ...], far: Column[Any]) -> tuple[Table, Link]:
    """By a link table; *near* are as many columns as the parent's key has."""
    to = target(far)

    def link(table: FromClause, parent: FromClause) -> Any:
        via = near[0].table.alias()
        both = (via.c[far.key] == table.c[to.key]) & owned(via)
        own = [via.c[column.key] for column in near]
        source = via.join(table, both)
        if len(own) == 1:
            return source, own[0], key_of(parent)
        return source, tuple_(*own), tuple_(*(parent.c[c.key] for c in near))

    return to.table, link


def settle(field: StrawberryField, owner: type) -> StrawberryField:
    """Give a declared field its direction, arguments and permissions, as the schema is built."""
    source = getattr(field, "source", None)
    if source is None:
        return field
    made: Any = copy.copy(field)
    paged, reached = _reached(made)
    if isinstance(source, Late):
        made.source = source.relation(getattr(owner, "__table__", None), paged)
        made.arguments = source.arguments(paged)
    of = reached.__requires__ if reached is not None else None
    made.demands = tuple(dict.fromkeys(p for p in (made.requires, of) if p))
    return made  # type: ignore[no-any-return]


def _reached(field: StrawberryField) -> tuple[bool, type[Record] | None]:
    """Whether a field is a page, and the type of the records it leads to."""
    type_: Any = field.type
    while isinstance(type_, StrawberryContainer):
        type_ = type_.of_type
    if not isinstance(type_, type):
        return False, None
    if issubclass(type_, Paged):
        # Strawberry makes a subclass of a generic type for each type it is used with.
        of = get_object_definition(type_, strict=True).type_var_map
        node = next(iter(of.values()), None)
        return True, node if isinstance(node, type) and issubclass(node, Record) else None
    return False, type_ if issubclass(type_, Record) else None
