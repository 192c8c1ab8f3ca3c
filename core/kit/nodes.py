"""Things of any type by their ids, for resolvers written by hand: one statement for each type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiodataloader import DataLoader
from graphql import GraphQLObjectType
from sqlalchemy import ARRAY, BindParameter, Uuid, bindparam, func, select
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.visitors import iterate

from core.kit.context import MAX_BATCH, Context, Info
from core.kit.db import Statement, is_given, owned
from core.kit.errors import InvalidId
from core.kit.ids import key_in, prefix_in, prefix_of
from core.kit.loaders import known
from core.kit.records import Blueprint, blueprint
from core.kit.session import TenantSession


@dataclass(frozen=True)
class Named:
    """What a global id names: a row of a table that the tenant's modules have a type for."""

    of: Blueprint
    key: UUID
    #: What its type says of who sees which rows, and what that asks of the caller.
    seen: Sequence[ColumnElement[bool]] = ()
    given: Mapping[str, Any] = field(default_factory=dict)

    async def row(self, session: TenantSession, *columns: Any) -> Any:
        """Some columns of the row, if it is there and the caller may see it."""
        table = self.of.table
        mine = select(*columns).where(table.c.tenant_id == session.tenant_id)
        found = await session.execute(mine.where(table.c.id == self.key, *self.seen), self.given)
        return found.one_or_none()


def named(info: Info, identifier: str, field: str) -> Named:
    """What *identifier* names, if there is such a type here and the caller may see it."""
    type_ = _types(info).get(prefix_in(identifier) or "")
    if type_ is None:
        raise InvalidId(identifier, "node", field)
    of = blueprint(type_)
    if of.cls.__requires__:
        info.context.demand(of.cls.__requires__)
    seen = [] if of.cls.__seen__ is None else [of.cls.__seen__]
    given = {name: info.context.given(name) for name in _asked_of_the_caller(seen)}
    return Named(of, key_in(identifier, field=field), seen, given)


async def node(info: Info, identifier: str | None) -> Any:
    """The object that *identifier* names; None if it is gone, or its module is off."""
    type_ = _types(info).get(prefix_in(identifier) or "")
    if identifier is None or type_ is None:
        return None
    return await record(info, type_.name, key_in(identifier))


async def record(info: Info, type_name: str, key: UUID | None) -> Any:
    """The object of a type with the id *key*, if it is there and the caller may see it."""
    of = blueprint(info._raw_info.schema.type_map[type_name])
    if of.cls.__requires__:
        info.context.demand(of.cls.__requires__)
    if key is None:
        return None
    return await info.context.loader(("node", type_name), lambda: _Loader(of, info.context)).load(
        key
    )


class _Loader(DataLoader[UUID, Any]):
    def __init__(self, of: Blueprint, context: Context) -> None:
        super().__init__(max_batch_size=MAX_BATCH)
        self._of, self._context = of, context

    async def batch_load_fn(self, keys: Sequence[UUID]) -> list[Any]:
        table = self._of.table
        seen = self._of.cls.__seen__
        statement, _ = known(("node", table.name), lambda: (_by_keys(table, seen), None))  # type: ignore[arg-type, return-value]
        given = {**statement.constants, "keys": list(keys)}
        values = [
            self._context.given(name) if is_given(name) else given[name] for name in statement.names
        ]
        rows = await self._context.fetch(statement.text, values)
        found = {self._of.get(row, "id"): self._of.make(row) for row in map(tuple, rows)}
        return [found.get(key) for key in keys]


def _by_keys(table: Any, seen: ColumnElement[bool] | None) -> Statement:
    wanted = bindparam("keys", type_=ARRAY(Uuid))
    found = select(*table.c).where(owned(table), table.c.id == func.any(wanted))
    return Statement(found if seen is None else found.where(seen))


def _asked_of_the_caller(conditions: Sequence[ColumnElement[bool]]) -> list[str]:
    return [
        each.key
        for condition in conditions
        for each in iterate(condition)
        if isinstance(each, BindParameter) and is_given(each.key)
    ]


def _types(info: Info) -> dict[str, GraphQLObjectType]:
    schema = info._raw_info.schema
    interface: Any = schema.type_map["Node"]
    return {
        prefix_of(t.name): t
        for t in schema.get_possible_types(interface)
        # Whose permission is the row's alone to say belongs to no contact.
        if blueprint(t).cls.__requires__ is not None or blueprint(t).cls.__seen__ is None
    }
