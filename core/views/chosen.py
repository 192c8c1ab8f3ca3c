"""All rows that a saved view shows: what it means to a mutation that takes one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from graphql import GraphQLField

from core.kit.arguments import Args, Parameters
from core.kit.context import Info
from core.kit.errors import NotFound, Refused
from core.kit.order import Order
from core.kit.session import TenantSession
from core.kit.sql import key_of
from core.views.checking import lists_of, read_arguments, source_of
from core.views.models import SavedView

FIELD = "viewId"


async def read_view(
    info: Info, session: TenantSession, key: UUID, list_name: str
) -> tuple[SavedView, GraphQLField, Args]:
    """A view of the list *list_name*, that list, and what the view asks it for.

    Refused are views that the user doesn't see, of other lists, and those that no longer fit.
    """
    view = await session.find(SavedView, key, "saved view", field=FIELD)
    if view.user_id != session.user_id and not view.is_shared:
        raise NotFound("saved view", key, FIELD)
    field = lists_of(info).get(view.list_name)
    if view.list_name != list_name or field is None:
        message = f"'{view.name}' is a view of {view.list_name}, and not of {list_name}."
        raise Refused("OTHER_LIST", message, FIELD)
    try:
        given = await read_arguments(info, field, view.arguments)
    except Refused as refused:
        message = f"The view '{view.name}' no longer fits its list: {refused.message}"
        raise Refused(refused.reason, message, FIELD) from None
    return view, field, given


async def chosen_by_view(
    info: Info, session: TenantSession, key: UUID, list_name: str, order_by: Sequence[Any]
) -> list[UUID]:
    """The keys of all rows of a view of the list *list_name*, in an order of the caller's own.

    Refused as :func:`read_view` does.
    """
    _, field, given = await read_view(info, session, key, list_name)
    source = source_of(field)
    assert source is not None  # its list is a declared one
    whole = replace(
        source, paged=False, orders=None, order=tuple(map(Order.of, order_by)), tie=None
    )
    parameters = Parameters()
    rows = whole.rows(None, given, parameters.constant(given))
    values = {**parameters.values, "tenant": session.tenant_id}
    return list((await session.execute(rows.select([key_of(rows.table)]), values)).scalars())
