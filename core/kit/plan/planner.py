"""Plans an operation: walks its selections once, and gathers SQL and Python side by side.

For each object there is one row. ``array(select row(...))`` makes the rows of a relation one
value of the row above, so that the whole operation is a single row of nested tuples. What is
wanted as text is one array in each:

    select array(select row((select array[g.name]::text[] from core_contact_group g ...),
                            array[c.name, c.town]::text[]) from core_contact c where ...)

    lambda r: {"contacts": [{"group": {"name": a[0][0]}, "name": a[-1][0], ...} for a in r[0]]}

An object with a field that only graphql-core can run is *open*: it becomes a record that
brings its planned fields along in ``_ready``. Whatever has no such field below is *closed*:
it is JSON already, and graphql-core, if it runs at all, passes it on untouched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, get_args

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.values import VariableValues
from orjson import Fragment
from sqlalchemy import func, select
from sqlalchemy.sql import FromClause

from core.kit.arguments import Args, Bind, Parameters, arguments, has_variables, reader
from core.kit.context import Coordinate
from core.kit.db import Statement
from core.kit.errors import Forbidden
from core.kit.loaders import counted, inside
from core.kit.paging import write_cursor
from core.kit.plan import leaves
from core.kit.plan.around import Completed, Open
from core.kit.plan.asked import Alone, Asked
from core.kit.plan.budget import Budget
from core.kit.plan.choose import Choice
from core.kit.plan.code import literal
from core.kit.plan.collect import Collector, Fields
from core.kit.plan.leaves import NotPlanned, completed, leaf
from core.kit.plan.pages import Pages, facet_rows, page
from core.kit.plan.plan import Plan, Slot
from core.kit.plan.row import Cells
from core.kit.pool import PlanMode
from core.kit.records import blueprint, id_prefix
from core.kit.relation import Relation
from core.kit.rows import Rows
from core.kit.sources import AnyNode, Computed, SameRow, Value
from core.kit.sql import alias_of

#: What generated code may call, by the name it has there.
CALLABLE = {
    f.__name__: f
    for f in (
        Completed, Fragment, Open, page, facet_rows, write_cursor,
        leaves.there, leaves.required, leaves.int32, leaves.finite, leaves.texts,
        leaves.instant, leaves.day, Decimal, date, datetime,
    )
}  # fmt: skip


class Planner:
    """Plans one operation, for one shape of its variables and one set of permissions."""

    def __init__(
        self,
        schema: GraphQLSchema,
        collector: Collector,
        variables: VariableValues,
        permissions: frozenset[str],
        avoided: frozenset[Coordinate] = frozenset(),
    ) -> None:
        self.schema = schema
        self.variables = variables
        self.choice = Choice(schema, collector, variables, permissions, avoided)
        self.parameters = Parameters()
        self.slots: list[Slot] = []
        self.checks: list[tuple[Relation, Args, int | None]] = []
        self.mode: PlanMode = "force_generic_plan"
        self.budget = Budget()
        self.alone: dict[int, Alone] = {}
        self.variable = 0
        #: How often each table is read.
        self.read: Counter[FromClause] = Counter()
        self.names: dict[str, Any] = dict(CALLABLE)
        self.report: dict[str, str] = {}
        self.path: list[str] = []

    def plan(self, selections: SelectionSetNode) -> Plan:
        root = self.schema.query_type
        assert root is not None
        wanted = self.choice.collector.fields(root, [selections])
        cells = Cells("r")
        code = self.object(root, wanted, None, cells)
        if not cells:
            raise NotPlanned("no field reads a table")
        # Names, indexes and quoted response keys: nothing a client writes becomes code.
        build = eval(f"lambda r, args: {code}", self.names)
        columns = cells.columns()
        alone = self.alone.get(id(columns[0])) if len(columns) == 1 else None
        statement = Statement(alone.select if alone else select(*labelled(columns)))
        return Plan(
            statement,
            self.parameters,
            self.slots,
            build,
            closed=self.choice.closed(root, wanted),
            mode=self.mode,
            checks=self.checks,
            rows="whole" if alone is None else "many" if alone.many else "one",
            report=self.report,
        )

    # --- objects: code for one, from the row that has *cells*, to which more are added ------

    def object(
        self,
        type_: GraphQLObjectType,
        wanted: Fields,
        table: FromClause | None,
        cells: Cells,
    ) -> str:
        if self.choice.closed(type_, wanted):
            return literal(
                (key, self._named(key, type_, nodes, table, cells)) for key, nodes in wanted.items()
            )
        make = "Open("
        if table is not None:
            of = blueprint(type_)
            given = cells.values([table.c[column] for column in of.columns])
            make = f"{self.name(of.make)}({given}, "
        entries = []
        for key, nodes in wanted.items():
            if self.choice.brought(type_, nodes):
                code = self._named(key, type_, nodes, table, cells)
                entries.append((key, self.ready(type_, nodes, code)))
            else:
                self._report_plain(key, type_, nodes)
        return make + literal(entries) + ")"

    def ready(self, type_: GraphQLObjectType, nodes: list[FieldNode], code: str) -> str:
        field = type_.fields[nodes[0].name.value]
        return f"Completed({code})" if self.choice.closed_below(field, nodes) else code

    def _named(self, key: str, *where: Any) -> str:
        self.path.append(key)
        code = self._field(*where)
        self.path.pop()
        return code

    def _field(
        self,
        type_: GraphQLObjectType,
        nodes: list[FieldNode],
        table: FromClause | None,
        cells: Cells,
    ) -> str:
        name = nodes[0].name.value
        if name == "__typename":
            return repr(type_.name)
        field = type_.fields[name]
        source = self.choice.source(type_, name)
        self.report[".".join(self.path)] = "python" if isinstance(source, Computed) else "planned"
        self.budget.spend(source)
        if isinstance(source, Relation):
            asked = Asked(field.type, *self._arguments(field, nodes))
            return self._relation(asked, source, table, cells)
        if isinstance(source, AnyNode):
            asked = Asked(self.choice.concrete(field, nodes), *self._arguments(field, nodes))
            return self._relation(asked, blueprint(asked.type).by_id, table, cells)
        assert table is not None, "root fields are relations"
        if isinstance(source, SameRow):
            below: Any = get_named_type(field.type)
            return self.object(below, self.choice.below(below, nodes), table, cells)
        if isinstance(source, Computed):
            return self._computed(type_, field, source, table, cells)
        return self._leaf(type_, name, field, source, table, cells)

    def _computed(
        self,
        type_: GraphQLObjectType,
        field: GraphQLField,
        source: Computed,
        table: FromClause,
        cells: Cells,
    ) -> str:
        if not is_leaf_type(get_named_type(field.type)):
            name = field.extensions["strawberry-definition"].graphql_name
            raise NotPlanned("only leaves are computed", (type_.name, name))
        needs = [(table.c[column], leaves.given(table.c[column])) for column in source.needs]
        given = (
            emit(cells.text(column) if as_text else cells.value(column))
            for column, (as_text, emit) in needs
        )
        complete = self.name(completed(field.type))
        return f"{complete}({self.name(source.using)}({', '.join(given)}))"

    def _leaf(
        self,
        type_: GraphQLObjectType,
        name: str,
        field: GraphQLField,
        source: Any,
        table: FromClause,
        cells: Cells,
    ) -> str:
        column = source.of(table) if isinstance(source, Value) else table.c[source]
        of = blueprint(type_).table
        prefix = None
        if isinstance(source, str) and get_named_type(field.type).name == "ID":
            prefix = id_prefix(of, source)
        try:
            as_text, emit = leaf(field.type, column, prefix, self.name)
        except NotPlanned as error:
            raise NotPlanned(str(error), (type_.name, name)) from None
        return emit(cells.text(column) if as_text else cells.value(column))

    # --- relations --------------------------------------------------------------------------

    def _relation(
        self, asked: Asked, relation: Relation, parent: FromClause | None, cells: Cells
    ) -> str:
        for permission in relation.demands(asked.args):
            if permission not in self.choice.permissions:
                raise Forbidden(permission)
        if relation.is_checked(asked.args):
            self.checks.append((relation, asked.args, asked.slot))
        table = alias_of(relation.table, self.read[relation.table])
        self.read[relation.table] += 1
        rows = relation.rows(parent, asked.args, self._bind(asked), table)
        if relation.paged:
            return Pages(self, asked, relation, rows, parent, cells).code()
        self.wants(relation.plan_mode(asked.args))
        type_: Any = get_named_type(asked.type)
        item = self.fresh()
        inner = Cells(item)
        code = self.object(type_, self.choice.below(type_, asked.nodes), rows.table, inner)
        code = inner.settled(code)
        many = is_list_type(get_nullable_type(asked.type))
        found = cells.value(self.nested(rows, inner, parent, many=many))
        if many:
            return f"[{code} for {item} in {found}]"
        if relation.by == "id":
            prefix = relation.table.info["prefix"]
            return f"(lambda {item}: {code})(there({found}, {prefix!r}))"
        if is_non_null_type(asked.type):
            return f"(lambda {item}: {code})(required({found}))"
        return f"(None if ({item} := {found}) is None else {code})"

    def nested(self, rows: Rows, inner: Cells, parent: FromClause | None, *, many: bool) -> Any:
        nested = inside(rows.select([inner.nested()]), parent)
        cell = func.array(nested) if many else nested
        if parent is None and not inner.is_plain:
            self.alone[id(cell)] = Alone(rows.select(labelled(inner.columns())), many)
        return cell

    def wants(self, mode: PlanMode) -> None:
        """What needs a plan for its values needs it whatever else is asked."""
        modes = get_args(PlanMode)
        if modes.index(mode) > modes.index(self.mode):
            self.mode = mode

    def counted(self, rows: Rows, parent: FromClause | None) -> list[tuple[str, Any]]:
        return [(name, counted(counts, parent)) for name, counts in rows.counts()]

    def _bind(self, asked: Asked) -> Bind:
        if asked.slot is None:
            return self.parameters.constant(asked.args)
        return self.parameters.variable(asked.slot, asked.args)

    def _arguments(self, field: GraphQLField, nodes: list[FieldNode]) -> Any:
        slot = None
        if has_variables(nodes[0]):
            slot = len(self.slots)
            self.slots.append(reader(field, nodes[0], self.variables))
        return nodes, arguments(field, nodes[0], self.variables), slot

    def _report_plain(self, key: str, type_: GraphQLObjectType, nodes: list[FieldNode]) -> None:
        name = nodes[0].name.value
        if name != "__typename":
            source = self.choice.source(type_, name)
            way = "planned" if source else f"plain: {self.choice.why_plain(type_, name)}"
            self.report[".".join((*self.path, key))] = way

    # --- names ------------------------------------------------------------------------------

    def name(self, thing: Any) -> str:
        name = f"n{len(self.names)}"
        self.names[name] = thing
        return name

    def fresh(self) -> str:
        self.variable += 1
        return f"x{self.variable}"


def labelled(columns: Sequence[Any]) -> list[Any]:
    return [column.label(f"c{i}") for i, column in enumerate(columns)]
