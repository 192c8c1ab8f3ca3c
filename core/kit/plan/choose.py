"""Which fields of a selection are planned, and which only graphql-core can run."""

from __future__ import annotations

from types import NoneType
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution.values import VariableValues

from core.kit.arguments import arguments
from core.kit.context import Coordinate
from core.kit.fields import Declared
from core.kit.ids import prefix_in, prefix_of
from core.kit.paging import PageInfo
from core.kit.plan.collect import Collector, Fields
from core.kit.plan.leaves import NotPlanned
from core.kit.sources import Part, Record, Written


class Choice:
    """Looks at fields for one caller: what it may not see, graphql-core refuses."""

    def __init__(
        self,
        schema: GraphQLSchema,
        collector: Collector,
        variables: VariableValues,
        permissions: frozenset[str],
        avoided: frozenset[Coordinate],
    ) -> None:
        self.schema = schema
        self.collector = collector
        self.variables = variables
        self.permissions = permissions
        self.avoided = avoided
        #: What has been found out: the same is asked again on each level above.
        self._below: dict[tuple[Any, ...], Fields] = {}
        self._closed: dict[int, bool] = {}
        #: Those whose ids are keys, so that they stay their own.
        self._kept: list[Fields] = []

    def source(self, type_: GraphQLObjectType, name: str) -> Any:
        """Where the planner takes a field from; None if only graphql-core can run it."""
        if (type_.name, name) in self.avoided:
            return None
        field = type_.fields[name].extensions["strawberry-definition"]
        if isinstance(field, Declared):
            if isinstance(field.source, Written) or not self.permissions.issuperset(field.demands):
                return None
            if self._has_part_aside(type_.fields[name]):
                return None
            return field.source
        of = type_.extensions["strawberry-definition"].origin
        is_column = field.is_basic_field and issubclass(of, Record | PageInfo)
        return field.python_name if is_column else None

    def _has_part_aside(self, field: GraphQLField) -> bool:
        """Whether a part of the page that *field* is failed: only the whole page can be plain."""
        if not self.avoided:
            return False
        page: Any = get_named_type(field.type)
        return _is_part(page) and any(page.name == owner for owner, _ in self.avoided)

    def why_plain(self, type_: GraphQLObjectType, name: str) -> str:
        """Why only graphql-core can run a field, for people who read a plan."""
        if (type_.name, name) in self.avoided:
            return "set aside: it failed, or nothing here says how to plan its types"
        field = type_.fields[name].extensions["strawberry-definition"]
        if isinstance(field, Declared) and not self.permissions.issuperset(field.demands):
            return f"needs the permission {', '.join(set(field.demands) - self.permissions)}"
        return "written by hand"

    def closed(self, type_: GraphQLObjectType, wanted: Fields) -> bool:
        """Whether no field at or below an object needs graphql-core."""
        key = id(wanted)
        if key not in self._closed:
            self._kept.append(wanted)
            self._closed[key] = self._is_closed(type_, wanted)
        return self._closed[key]

    def _is_closed(self, type_: GraphQLObjectType, wanted: Fields) -> bool:
        return all(
            (name := nodes[0].name.value) == "__typename"
            or (
                self.source(type_, name) is not None
                and self.closed_below(type_.fields[name], nodes)
            )
            for nodes in wanted.values()
        )

    def closed_below(self, field: GraphQLField, nodes: list[FieldNode]) -> bool:
        if is_leaf_type(get_named_type(field.type)):
            return True
        type_ = self.concrete(field, nodes)
        if (definition := type_.extensions.get("strawberry-definition")) is not None and (
            not issubclass(definition.origin, Record) and not _is_part(type_)
        ):
            return True  # counts and the like: leaves in a bundle
        return self.closed(type_, self.below(type_, nodes))

    def brought(self, type_: GraphQLObjectType, nodes: list[FieldNode]) -> bool:
        """Whether an open object brings a field along. (Its columns are attributes anyway.)"""
        name = nodes[0].name.value
        if name == "__typename":
            return False
        source = self.source(type_, name)
        return not isinstance(source, str | NoneType)

    def concrete(self, field: GraphQLField, nodes: list[FieldNode]) -> GraphQLObjectType:
        """The object type of a field; for ``node``, the one that its ID names."""
        named: Any = get_named_type(field.type)
        if is_object_type(named):
            return named
        prefix = prefix_in(arguments(field, nodes[0], self.variables)["id"])
        for type_ in self.schema.get_possible_types(named):
            if prefix_of(type_.name) == prefix:
                required = type_.extensions["strawberry-definition"].origin.__requires__
                if required is not None and required not in self.permissions:
                    raise NotPlanned(f"needs the permission {required}")
                return type_
        raise NotPlanned("an ID of no known type")

    def below(self, type_: GraphQLObjectType, nodes: list[FieldNode]) -> Fields:
        key = (type_.name, *map(id, nodes))
        if key not in self._below:
            sets = [node.selection_set for node in nodes]
            self._below[key] = self.collector.fields(type_, sets)
        return self._below[key]


def _is_part(type_: GraphQLObjectType) -> bool:
    """Whether a type is made of declared parts, as connections and edges are."""
    return any(
        isinstance(getattr(f.extensions["strawberry-definition"], "source", None), Part)
        for f in getattr(type_, "fields", {}).values()
    )
