"""Questions and inputs made from the schema alone, with an id wherever an id can be given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationType,
    get_named_type,
    is_leaf_type,
)

#: A value of each scalar.
SCALARS: dict[str, Any] = {
    "String": "x",
    "Int": 1,
    "Float": 1.0,
    "Boolean": True,
    "Decimal": "1",
    "Date": "2026-01-31",
    "DateTime": "2026-01-31T12:00:00Z",
    # Whatever takes JSON is content with a shape, or takes anything.
    "JSON": {"type": "Polygon", "coordinates": [[[4, 45], [5, 45], [5, 46], [4, 45]]]},
}
#: Deep enough for any filter, and an end for those that hold themselves.
DEEPEST = 4

#: From where an id stands (``input.groupId``) to the id.
Choose = Callable[[str], str]


@dataclass(frozen=True)
class Operation:
    """A root field that takes an id, alone in a document."""

    name: str
    document: str
    taken: dict[str, Any]

    def variables(self, choose: Choose) -> dict[str, Any]:
        return {name: value_of(arg.type, choose, name) for name, arg in self.taken.items()}

    def places(self) -> list[str]:
        """Everywhere that an id can be given."""
        found: list[str] = []
        self.variables(lambda place: found.append(place) or "")  # type: ignore[func-returns-value]
        return found


def value_of(type_: Any, choose: Choose, place: str, depth: int = 0) -> Any:
    """A value of an input type: with all that must be given, and all ids that can be."""
    if isinstance(type_, GraphQLNonNull):
        return value_of(type_.of_type, choose, place, depth)
    if isinstance(type_, GraphQLList):
        return [value_of(type_.of_type, choose, place, depth)]
    if isinstance(type_, GraphQLInputObjectType):
        fields = list(type_.fields.items())
        if type_.is_one_of:
            fields = fields[:1]
        return {
            name: value_of(field.type, choose, f"{place}.{name}", depth + 1)
            for name, field in fields
            if type_.is_one_of or _wanted(field.type, depth)
        }
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    return choose(place) if type_.name == "ID" else SCALARS[type_.name]


def operations(schema: GraphQLSchema, kind: str) -> Iterator[Operation]:
    """The root fields of ``query``, ``mutation`` or ``subscription`` that take an id."""
    root: Any = schema.get_root_type(OperationType(kind))
    for name, field in root.fields.items():
        args = {a: arg for a, arg in field.args.items() if a != "idempotencyKey"}
        taken = {a: arg for a, arg in args.items() if _wanted(arg.type, 0)}
        if any(_has_id(arg.type, 0) for arg in taken.values()):
            declared = ", ".join(f"${a}: {arg.type}" for a, arg in taken.items())
            passed = ", ".join(f"{a}: ${a}" for a in taken)
            document = f"{kind}({declared}) {{ {name}({passed}) {_selection(field.type)} }}"
            yield Operation(name, document, taken)


def _wanted(type_: Any, depth: int) -> bool:
    return isinstance(type_, GraphQLNonNull) or _has_id(type_, depth)


def _has_id(type_: Any, depth: int) -> bool:
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        below = (field.type for field in named.fields.values())
        return depth < DEEPEST and any(_has_id(t, depth + 1) for t in below)
    return bool(named.name == "ID")


def _selection(type_: Any) -> str:
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    below = {
        "id": "id",
        "totalCount": "totalCount",
        "nodes": "nodes { __typename }",
        "userErrors": "userErrors { code field message }",
    }
    fields = [text for name, text in below.items() if name in named.fields]
    return f"{{ __typename {' '.join(fields)} }}"
