"""All rows that a list shows for a filter: what "all of them" means to a mutation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any
from uuid import UUID

from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from core.kit.arguments import Args, Parameters
from core.kit.context import Context
from core.kit.filters import Filter
from core.kit.order import Order
from core.kit.relation import Relation
from core.kit.search import Search
from core.kit.session import TenantSession
from core.kit.sql import key_of


async def chosen(
    session: TenantSession,
    context: Context,
    model: Any,
    where: Filter | None,
    search_for: str | None = None,
    *,
    search: Search | None = None,
    order_by: Sequence[Any] = (),
) -> list[UUID]:
    """The keys of the rows of *model* that pass *where* and are found for *search_for*.

    It demands what the filter does, and refuses what the list would refuse.
    """
    relation = Relation(
        model.__table__,
        order=tuple(map(Order.of, order_by)),
        filters=None if where is None else type(where),
        search=search,
    )
    args: Args = {"where": _plain(where), "search": search_for}
    context.demand(*relation.demands(args))
    await relation.check(args, context)
    parameters = Parameters()
    rows = relation.rows(None, args, parameters.constant(args))
    found = rows.select([key_of(rows.table)])
    values = {**parameters.values, "tenant": session.tenant_id}
    return list((await session.execute(found, values)).scalars())


def _plain(given: Any) -> Any:
    """An input as its arguments are read: dicts by the names of the API."""
    if is_dataclass(given):
        return {
            _name(given, field.name): _plain(value)
            for field in fields(given)
            if (value := getattr(given, field.name)) is not UNSET
        }
    return [_plain(each) for each in given] if isinstance(given, list) else given


def _name(given: Any, name: str) -> str:
    definition = type(given).__strawberry_definition__
    field = next(f for f in definition.fields if f.python_name == name)
    return field.graphql_name or to_camel_case(name)
