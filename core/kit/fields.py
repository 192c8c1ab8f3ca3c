"""Fields declared over tables: say what a field is, and every execution knows how to get it.

    @strawberry.type
    class Contact(Node, table=models.Contact, requires="contacts.read"):
        name: str                                            # the column of that name
        group: ContactGroup | None = one(models.Contact.group_id)
        children: Connection[Contact] = many(models.Contact.parent_id)
        initials: str = computed(rules.initials, needs=[models.Contact.name])

``one`` and ``many`` take the foreign key, whichever side it is on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import strawberry
from sqlalchemy import Column
from sqlalchemy.orm import InstrumentedAttribute
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from core.kit import loaders
from core.kit.db import Base
from core.kit.filters import Filter
from core.kit.order import Order, Orders, core
from core.kit.reach import Rollup
from core.kit.relation import Relation
from core.kit.rows import Linked
from core.kit.search import Search
from core.kit.settle import Late
from core.kit.sources import AnyNode, Computed, Record, SameRow, Value, Written
from core.kit.sql import key_of

Attribute = InstrumentedAttribute[Any] | Column[Any]


@strawberry.interface(description="Anything that has an ID.")
class Node(Record):
    id: strawberry.ID = strawberry.field(description="Opaque, typed, and the same for ever.")


class Declared(StrawberryField):
    """A field that says what it is instead of resolving it."""

    source: Any
    requires: str | None = None
    #: All permissions it asks for: its own, and that of the type it leads to.
    demands: tuple[str, ...] = ()
    is_basic_field = False

    def __copy__(self) -> Self:
        field = super().__copy__()
        field.source, field.requires, field.demands = self.source, self.requires, self.demands
        return field

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        if self.demands:
            info.context.demand(*self.demands)
        raw = info._raw_info
        ready = getattr(source, "_ready", None)
        if ready is not None and raw.path.key in ready:
            return ready[raw.path.key]
        return loaders.resolve(self.source, source, raw)


def declared(
    source: Any,
    description: str | None = None,
    requires: str | None = None,
    **arguments: tuple[Any, Any],
) -> Any:
    field = Declared(description=description)
    field.source, field.requires = source, requires
    # Not part of __init__: nobody builds a record by hand.
    field.init = field.repr = field.compare = False
    field.arguments = [
        StrawberryArgument(name, None, StrawberryAnnotation(type_), default=default)
        for name, (type_, default) in arguments.items()
    ]
    return field


# --- what module authors write ------------------------------------------------------------


def one(
    key: Attribute,
    *,
    where: Any = None,
    description: str | None = None,
    requires: str | None = None,
) -> Any:
    """The row that the foreign key *key* points to, or the one that points here with it."""
    return declared(Late(core(key), where=where, one=True), description, requires)


def many(
    key: Attribute | tuple[Attribute, ...],
    *,
    to: Attribute | None = None,
    where: Any = None,
    order_by: Sequence[Any] = (),
    limit: int | None = None,
    first: int | None = None,
    since: Attribute | None = None,
    filters: type[Filter] | None = None,
    orders: Orders | None = None,
    search: Search | None = None,
    along_tree: type[Base] | None = None,
    facets: dict[str, Any] | None = None,
    rollup: Rollup | None = None,
    typical: int | None = None,
    description: str | None = None,
    requires: str | None = None,
) -> Any:
    """The rows that point here with the foreign key *key*.

    As a ``Connection`` (or ``Recent``) the field takes ``first`` and ``after``, with pages of
    *first* rows when nobody says. *filters* adds ``where``, *orders* adds ``orderBy``,
    *search* adds ``search``, *along_tree*, a closure table, adds ``scope``, and *since*, a
    column, adds ``days``. With *to*, another key of the same link table, these are the rows at
    the far side of it; *key* may then be several columns, called as those of the parent.
    *facets* names the columns whose values a ``FacetedConnection`` counts; one may be
    ``linked``. *rollup* says what
    the module keeps per contact of these rows, so that pages along the tree stay fast. A list
    without pages that is mostly short says how many it has, *typical*, for what it costs.
    """
    near = tuple(map(core, key)) if isinstance(key, tuple) else core(key)
    late = Late(
        near, where, tuple(order_by), limit, filters, along_tree, to,
        orders=orders, first=first, since=since, facets=tuple((facets or {}).items()),
        rollup=rollup, search=search, typical=typical,
    )  # fmt: skip
    return declared(late, description, requires)


def everything(
    model: Any,
    *,
    where: Any = None,
    order_by: Sequence[Any] = (),
    limit: int | None = None,
    first: int | None = None,
    filters: type[Filter] | None = None,
    orders: Orders | None = None,
    search: Search | None = None,
    facets: dict[str, Any] | None = None,
    description: str | None = None,
    requires: str | None = None,
) -> Any:
    """All rows of the tenant: a root field."""
    late = Late(
        model.__table__, where, tuple(order_by), limit, filters,
        orders=orders, first=first, facets=tuple((facets or {}).items()), search=search,
    )  # fmt: skip
    return declared(late, description, requires)


def by_id(
    model: Any,
    description: str | None = None,
    requires: str | None = None,
    *,
    where: Any = None,
) -> Any:
    """The row whose ID is given: a root field. None is an error with the code ``NOT_FOUND``."""
    relation = Relation(model.__table__, by="id", where=where)
    return declared(relation, description, requires, id=(strawberry.ID, strawberry.UNSET))


def by_ids(model: Any, description: str | None = None, requires: str | None = None) -> Any:
    """The rows whose IDs are given, in the order of their keys: a root field."""
    relation = Relation(model.__table__, order=(Order(key_of(model.__table__)),), by="ids")
    return declared(relation, description, requires, ids=(list[strawberry.ID], strawberry.UNSET))


def linked(near: Attribute, far: Attribute) -> Linked:
    """For ``facets``: the values of *far* in a link table whose *near* points to the rows."""
    return Linked(core(near), core(far))


def any_node() -> Any:
    """Relay's ``node``: a root field."""
    return declared(
        AnyNode(), "Anything that has an ID, by its ID.", id=(strawberry.ID, strawberry.UNSET)
    )


def value(expression: Any, description: str | None = None, requires: str | None = None) -> Any:
    """An SQL expression; the columns of the field's own table are those of the parent row.

    A select inside it sees the rows of the tenant only.
    """
    return declared(Value(core(expression)), description, requires)


def computed(
    using: Callable[..., Any],
    *,
    needs: Sequence[Attribute],
    description: str | None = None,
    requires: str | None = None,
) -> Any:
    """A pure function of some columns, given in the order of *needs*."""
    source = Computed(using, tuple(core(c).key for c in needs))
    return declared(source, description, requires)


def same_row(description: str | None = None, requires: str | None = None) -> Any:
    """The parent's own row, seen as another type over the same table."""
    return declared(SameRow(), description, requires)


def written(description: str | None = None) -> Any:
    """In a payload: the row that the mutation wrote, null if it was refused."""
    return declared(Written(), description)
