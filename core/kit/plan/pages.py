"""Plans a page: its rows are selected once, whatever parts of it are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, GraphQLObjectType, get_named_type
from sqlalchemy.sql import FromClause

from core.kit.loaders import inside
from core.kit.paging import page_size
from core.kit.plan.code import literal
from core.kit.plan.collect import Fields
from core.kit.plan.leaves import NotPlanned, placed
from core.kit.plan.row import Cells
from core.kit.relation import Relation
from core.kit.rows import Rows, facet_text

if TYPE_CHECKING:
    from core.kit.plan.asked import Asked
    from core.kit.plan.planner import Planner


class Pages:
    """The code of one connection: of its parts, and of the rows that some of them need."""

    def __init__(
        self,
        planner: Planner,
        asked: Asked,
        relation: Relation,
        rows: Rows,
        parent: FromClause | None,
        cells: Cells,
    ) -> None:
        self.planner, self.choice = planner, planner.choice
        self.asked, self.rows, self.parent = asked, rows, parent
        self.page_mode = relation.plan_mode(asked.args)
        self.counting_mode = relation.counting_mode(asked.args)
        self.cells = cells
        self.item, self.shown, self.more = planner.fresh(), planner.fresh(), planner.fresh()
        self.inner = Cells(self.item)
        self.needed = False

    def code(self) -> str:
        planner, asked = self.planner, self.asked
        type_: Any = get_named_type(asked.type)
        code = self._parts(type_, self.choice.below(type_, asked.nodes))
        # Checked even where no row is needed: a page of 10,000 is wrong all the same.
        first = f"args[{asked.slot}]" if asked.slot is not None else None
        size = (
            str(page_size(asked.args)) if first is None else f"{planner.name(page_size)}({first})"
        )
        if not self.needed:
            return code if first is None else f"({size}, {code})[1]"
        planner.wants(self.page_mode)
        nested = planner.nested(self.rows, self.inner, self.parent, many=True)
        found, code = self.cells.value(nested), self.inner.settled(code)
        return f"(lambda {self.shown}, {self.more}: {code})(*page({found}, {size}))"

    def _parts(self, owner: GraphQLObjectType, wanted: Fields) -> str:
        closed = self.choice.closed(owner, wanted)
        entries = []
        for key, nodes in wanted.items():
            if closed or self.choice.brought(owner, nodes):
                code = self._part(owner, nodes)
                entries.append((key, code if closed else self.planner.ready(owner, nodes, code)))
        return literal(entries) if closed else f"Open({literal(entries)})"

    def _part(self, owner: GraphQLObjectType, nodes: list[FieldNode]) -> str:
        name = nodes[0].name.value
        if name == "__typename":
            return repr(owner.name)
        if name == "totalCount":
            self.planner.wants(self.counting_mode)
            count = inside(self.rows.total, self.parent)
            return self.cells.value(count)
        if name == "facets":
            self.planner.wants(self.counting_mode)
            return self._facets(owner, nodes)
        self.needed = True
        match name:
            case "cursor":
                return self._cursor(self.item)
            case "hasNextPage" | "hasMore":
                return self.more
            case "startCursor" | "endCursor":
                end = f"{self.shown}[{0 if name == 'startCursor' else -1}]"
                return f"({self._cursor(end)} if {self.shown} else None)"
        type_: Any = get_named_type(owner.fields[name].type)
        below = self.choice.below(type_, nodes)
        if name in ("nodes", "node"):
            code = self.planner.object(type_, below, self.rows.table, self.inner)
        elif name in ("edges", "pageInfo"):
            code = self._parts(type_, below)
        else:
            raise NotPlanned("a part of a list that the planner doesn't know", (owner.name, name))
        return f"[{code} for {self.item} in {self.shown}]" if name in ("nodes", "edges") else code

    def _cursor(self, of: str) -> str:
        given = (
            emit((self.inner.text if as_text else self.inner.value)(order.column, of))
            for order in self.rows.order
            for as_text, emit in [placed(order.column)]
        )
        return f"write_cursor(({', '.join(given)},))"

    def _facets(self, owner: GraphQLObjectType, nodes: list[FieldNode]) -> str:
        type_: Any = get_named_type(owner.fields["facets"].type)
        below = self.choice.below(type_, nodes)
        keys = {key: found[0].name.value for key, found in below.items()}
        planner = self.planner
        texts = [planner.name(facet_text(column)) for _, column, _ in self.rows.facets]
        found = ", ".join(
            f"({name!r}, {text}, {self.cells.value(counts)})"
            for text, (name, counts) in zip(
                texts, planner.counted(self.rows, self.parent), strict=True
            )
        )
        return f"facet_rows({planner.name(_shape(type_.name, keys))}, ({found},))"


def _shape(type_name: str, keys: dict[str, str]) -> Callable[..., dict[str, Any]]:
    def shape(facet: str, text: str | None, count: int) -> dict[str, Any]:
        parts = {"facet": facet, "value": text, "count": count, "__typename": type_name}
        return {key: parts[name] for key, name in keys.items()}

    return shape


def facet_rows(
    shape: Callable[..., dict[str, Any]],
    facets: Sequence[tuple[str, Callable[[Any], str | None], Sequence[Any]]],
) -> list[dict[str, Any]]:
    return [shape(name, text(value), count) for name, text, rows in facets for value, count in rows]


def page(rows: list[Any] | None, first: int) -> tuple[list[Any], bool]:
    rows = rows or []
    return rows[:first], len(rows) > first
