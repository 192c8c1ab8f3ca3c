"""The plain execution: graphql-core asks field by field, one statement per field and level."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from inspect import isawaitable, iscoroutine
from typing import Any

import orjson
from aiodataloader import DataLoader
from graphql import GraphQLResolveInfo, get_named_type, is_list_type, is_non_null_type
from graphql.execution.values import VariableValues
from sqlalchemy import ARRAY, Select, bindparam, func, select, tuple_
from sqlalchemy.sql import FromClause

from core.kit.arguments import Args, Parameters, arguments
from core.kit.context import MAX_BATCH, Context
from core.kit.db import Statement, is_given, owned
from core.kit.errors import InvalidId, NotFound
from core.kit.ids import prefix_in, prefix_of
from core.kit.page import Page
from core.kit.pool import PlanMode
from core.kit.records import Blueprint, blueprint
from core.kit.relation import Relation
from core.kit.sources import AnyNode, Computed, Part, SameRow, Value, Written

Cell = Callable[[Any, Parameters], Any]


def resolve(source: Any, parent: Any, info: GraphQLResolveInfo[Any]) -> Any:
    """The value of one declared field of *parent*; most are awaitable."""
    found = _found(source, parent, info)
    if not iscoroutine(found):
        return found
    # Where a sibling fails at once, nobody awaits what others find, nor asks how it went.
    loading = asyncio.ensure_future(found)
    loading.add_done_callback(_look_at)
    return loading


def _look_at(done: asyncio.Future[Any]) -> None:
    if not done.cancelled():
        done.exception()


def _found(source: Any, parent: Any, info: GraphQLResolveInfo[Any]) -> Any:
    match source:
        case Part():
            return getattr(parent, source.name)()
        case Computed():
            rows = blueprint(info.parent_type)
            return source.using(*(rows.get(parent._row, column) for column in source.needs))
        case SameRow():
            return blueprint(info.return_type).make(parent._row)
        case Value():
            return _valued(source, Asked(parent, info))
        case AnyNode():
            return _node(Asked(parent, info))
        case Written():
            return _written(Asked(parent, info))
        case Relation():
            asked = Asked(parent, info)
            asked.context.demand(*source.demands(asked.args))
            found = _paged if source.paged else _listed
            if source.is_checked(asked.args):
                return _checked(source, asked, found)
            return found(source, asked)


class Asked:
    """One field of one parent, as asked."""

    def __init__(self, parent: Any, info: GraphQLResolveInfo[Any]) -> None:
        self.parent = parent
        self.info = info
        self.context: Context = info.context
        field = info.parent_type.fields[info.field_name]
        # Strawberry hands resolvers the values only; graphql-core wants its own container.
        variables = VariableValues({}, info.variable_values)  # type: ignore[arg-type]
        self.args: Args = arguments(field, info.field_nodes[0], variables)
        self.mode: PlanMode = "force_generic_plan"

    def load(self, key: Hashable, cell: Cell) -> Any:
        """Await *cell* for this parent, together with all parents asked for the same."""
        key = (key, repr(self.args))
        if getattr(self.parent, "_row", None) is None:  # a root field
            loader = self.context.loader(key, lambda: DataLoader(self._once(key, cell)))
            return loader.load(())
        of = blueprint(self.info.parent_type)
        loader = self.context.loader(
            key, lambda: DataLoader(self._for_each(of, key, cell), max_batch_size=MAX_BATCH)
        )
        return loader.load(of.key(self.parent._row))

    async def rows(self, relation: Relation, of: Blueprint) -> Sequence[Any]:
        def cell(table: FromClause | None, parameters: Parameters) -> Any:
            rows = relation.rows(table, self.args, parameters.constant(self.args))
            # Behind its columns, a row of a page has what its cursor is made of.
            place = [o.column for o in rows.order] if relation.paged else []
            whole = func.row(*(rows.table.c[c] for c in of.columns), *place)
            return func.array(inside(rows.select([whole]), table))

        self.mode = relation.plan_mode(self.args)
        return await self.load(relation, cell) or ()

    async def count(self, relation: Relation) -> int:
        def cell(table: FromClause | None, parameters: Parameters) -> Any:
            rows = relation.rows(table, self.args, parameters.constant(self.args))
            return inside(rows.total, table)

        self.mode = relation.counting_mode(self.args)
        return await self.load((relation, "count"), cell) or 0

    async def facet(self, relation: Relation, index: int) -> Sequence[Any]:
        """The values of one facet of *relation*, with how many rows have each."""

        def cell(table: FromClause | None, parameters: Parameters) -> Any:
            rows = relation.rows(table, self.args, parameters.constant(self.args))
            return counted(rows.counts()[index][1], table)

        self.mode = relation.counting_mode(self.args)
        return await self.load((relation, "facet", index), cell) or ()

    def _once(self, key: Hashable, cell: Cell) -> Callable[[Any], Any]:
        def statement() -> Compiled:
            parameters = Parameters()
            return Statement(select(cell(None, parameters))), parameters

        mode = self.mode

        async def load(keys: Sequence[Any]) -> list[Any]:
            (row,) = await self._fetch(known(key, statement), {}, mode)
            return [row[0]]

        return load

    def _for_each(self, of: Blueprint, key: Hashable, cell: Cell) -> Callable[[Any], Any]:
        def statement() -> Compiled:
            table, parameters = of.table.alias(), Parameters()
            own = [table.c[name] for name in of.keys]
            given = (func.unnest(bindparam(c.key, type_=ARRAY(c.type))) for c in own)
            wanted = tuple_(*own).in_(select(*given))
            found = select(*own, cell(table, parameters)).where(owned(table), wanted)
            return Statement(found), parameters

        mode = self.mode

        async def load(keys: Sequence[Any]) -> list[Any]:
            given = dict(zip(of.keys, map(list, zip(*keys, strict=True)), strict=True))
            rows = await self._fetch(known(key, statement), given, mode)
            found = {row[:-1]: row[-1] for row in map(tuple, rows)}
            return [found.get(key) for key in keys]

        return load

    async def _fetch(
        self, compiled: Compiled, given: dict[str, Any], mode: PlanMode
    ) -> Sequence[Any]:
        statement, parameters = compiled
        known = {**statement.constants, **parameters.values, **given}
        values = [
            self.context.given(name) if is_given(name) else known[name] for name in statement.names
        ]
        return await self.context.fetch(statement.text, values, mode=mode)


Compiled = tuple[Statement, Parameters]
MOST_KNOWN, LONGEST_KEY = 2048, 5000
_known: OrderedDict[Hashable, Compiled] = OrderedDict()


def known(key: Hashable, make: Callable[[], Compiled]) -> Compiled:
    """The statement of a loader. (Compiling one takes longer than running it.)

    Constants are kept with their statement, so that of a large one is made anew each time.
    """
    if key in _known:
        return _known[key]
    made = make()
    if len(repr(key)) <= LONGEST_KEY:
        _known[key] = made
        if len(_known) > MOST_KNOWN:
            _known.popitem(last=False)
    return made


def inside(select_: Select[Any], table: FromClause | None) -> Any:
    return (select_ if table is None else select_.correlate(table)).scalar_subquery()


def counted(counts: Select[Any], table: FromClause | None) -> Any:
    """The rows of a facet's select as one array value."""
    columns = list(counts.selected_columns)
    return func.array(inside(counts.with_only_columns(func.row(*columns)), table))


def _valued(source: Value, asked: Asked) -> Any:
    found = asked.load(source, lambda table, _: source.of(table))
    return _read_json(found) if source.is_json else found


async def _read_json(found: Any) -> Any:
    text = await found
    return None if text is None else orjson.loads(text)


async def _node(asked: Asked) -> Any:
    info, identifier = asked.info, asked.args["id"]
    interface: Any = get_named_type(info.return_type)
    possible = {prefix_of(t.name): t for t in info.schema.get_possible_types(interface)}
    prefix = prefix_in(identifier)
    if prefix is None or prefix not in possible:
        raise InvalidId(identifier, "node")
    of = blueprint(possible[prefix])
    if of.cls.__requires__:
        asked.context.demand(of.cls.__requires__)
    return await _one(asked, of.by_id, of, identifier)


async def _one(asked: Asked, relation: Relation, of: Blueprint, identifier: Any) -> Any:
    rows = await asked.rows(relation, of)
    if not rows:
        raise NotFound(of.cls.__table__.info["prefix"].replace("_", " "), identifier)
    return of.make(rows[0])


async def _written(asked: Asked) -> Any:
    of = blueprint(asked.info.return_type)
    key = asked.parent.key
    if key is None:
        return None
    asked.args = {"id": f"{of.table.info['prefix']}_{key.hex}"}
    rows = await asked.rows(of.by_id, of)
    return of.make(rows[0]) if rows else None


def _paged(relation: Relation, asked: Asked) -> Any:
    return Page(relation, asked)


async def _checked(relation: Relation, asked: Asked, found: Callable[..., Any]) -> Any:
    await relation.check(asked.args, asked.context)
    made = found(relation, asked)
    return await made if isawaitable(made) else made


async def _listed(relation: Relation, asked: Asked) -> Any:
    of = blueprint(asked.info.return_type)
    if relation.by == "id":
        return await _one(asked, relation, of, asked.args["id"])
    rows = await asked.rows(relation, of)
    type_ = asked.info.return_type
    if is_list_type(type_.of_type if is_non_null_type(type_) else type_):
        return [of.make(row) for row in rows]
    return of.make(rows[0]) if rows else None
