"""Random valid queries, drawn from the schema itself."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_interface_type,
    is_leaf_type,
    is_required_input_field,
)

from core.kit.fields import Declared
from core.kit.ids import prefix_of

SCALARS: dict[str, list[Any]] = {
    "Int": [1, 2, 3, 4],
    "Boolean": [True, False],
    "String": ["a", "M-0", 'it\'s \\ "x"', "é", "Lyon", "12.5", "true"],
    "DateTime": ["2026-01-01T00:00:00+00:00", "2026-10-20T10:00:00.5Z"],
    "Date": ["2026-01-01", "2026-10-20"],
    "Decimal": ["0", "12.50", "1000"],
    "Float": [0.5, 45.75],
    "JSON": [{}, {"type": "Point", "coordinates": [4.8, 45.7]}],
}
#: Now and then, what a client ought not to send.
ODD: dict[str, list[Any]] = {
    "ID": ["contact_x", "nonsense", "", "contact_" + "0" * 32],
    "Int": [-1, 0, 101, 2000],
    "String": ["not a cursor"],
}


def chosen() -> random.Random:
    """What to draw with: another each time, or that of SEED, which a failure shows."""
    seed = os.environ.get("SEED") or str(random.SystemRandom().randrange(10**9))
    print(f"SEED={seed}")  # pytest shows it with what fails
    return random.Random(seed)


def distinct(draw: Callable[[], Any], count: int) -> Iterator[Any]:
    """So many things that are drawn, each once."""
    seen: set[str] = set()
    while len(seen) < count:
        found = draw()
        if (key := repr(found)) not in seen:
            seen.add(key)
            yield found


@dataclass
class Drawn:
    schema: GraphQLSchema
    rng: random.Random
    #: Some global ids of the tenant, by prefix.
    ids: dict[str, list[str]]
    variables: dict[str, Any] = field(default_factory=dict)
    definitions: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)
    #: Below how many types of an interface we are: fields of one name may differ there.
    side_by_side: int = 0
    #: Whether to ask only for what can be planned, or for anything.
    declared: bool = False

    def chance(self, percent: int) -> bool:
        return self.rng.random() * 100 < percent

    # --- values ---

    def value(self, type_: Any, near: str = "contact") -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self.value(type_.of_type, near)
        if isinstance(type_, GraphQLList):
            return [self.value(type_.of_type, near) for _ in range(self.rng.randrange(4))]
        if isinstance(type_, GraphQLEnumType):
            return Enum(self.rng.choice(sorted(type_.values)))
        if isinstance(type_, GraphQLInputObjectType):
            return self.input(type_, near)
        if type_.name in ODD and self.chance(1):
            return self.rng.choice(ODD[type_.name])
        if type_.name == "ID":
            every = [i for found in self.ids.values() for i in found]
            near_ones = self.ids.get(near) or every
            return self.rng.choice(near_ones if self.chance(95) else every)
        return self.rng.choice(SCALARS[type_.name])

    def input(self, type_: GraphQLInputObjectType, near: str) -> Any:
        fields = type_.fields
        if type_.is_one_of or type_.name == "Levels":
            name = self.rng.choice(sorted(fields))
            return {name: self.value(fields[name].type)}
        return {
            name: None
            if self.chance(10) and not isinstance(f.type, GraphQLNonNull)
            else self.value(f.type, name if name in self.ids else near)
            for name, f in fields.items()
            if is_required_input_field(f) or self.chance(30)
        }

    def literal(self, value: Any) -> str:
        if isinstance(value, Enum):
            return value.name
        if isinstance(value, dict):
            return "{" + ", ".join(f"{k}: {self.literal(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(self.literal, value)) + "]"
        return json.dumps(value, ensure_ascii=False)

    def given(self, type_: Any, value: Any, near: str = "contact") -> str:
        """A value as a literal, or as a variable: sent, defaulted, or both."""
        if self.chance(50):
            return self.literal(value)
        name = f"v{len(self.definitions)}"
        way = self.rng.choice(["sent", "default", "overruled"])
        default = (
            ""
            if way == "sent"
            else f" = {self.literal(value if way == 'default' else self.value(type_, near))}"
        )
        self.definitions.append(f"${name}: {type_}{default}")
        if way != "default":
            self.variables[name] = plain(value)
        return f"${name}"

    def arguments(self, f: GraphQLField) -> str:
        near = prefix_of(get_named_type(f.type).name)
        parts = []
        for name, arg in f.args.items():
            needed = isinstance(arg.type, GraphQLNonNull) and arg.default_value is Undefined
            if not needed and self.chance(60):
                continue
            if not isinstance(arg.type, GraphQLNonNull) and self.chance(15):
                absent = f"v{len(self.definitions)}"  # a variable that is never sent
                self.definitions.append(f"${absent}: {arg.type}")
                parts.append(f"{name}: ${absent}")
                continue
            value = None if name == "after" and self.chance(90) else self.value(arg.type, near)
            if value is None and isinstance(arg.type, GraphQLNonNull):
                continue
            parts.append(f"{name}: {self.given(arg.type, value, near)}")
        return f"({', '.join(parts)})" if parts else ""

    def directive(self) -> str:
        if not self.chance(12):
            return ""
        kind = self.rng.choice(["skip", "include"])
        return f" @{kind}(if: {self.given(GraphQLNonNull(GraphQLBoolean), self.chance(50))})"

    # --- selections ---

    def selection(self, type_: Any, depth: int, taken: dict[str, str]) -> str:
        names = [
            n
            for n, f in type_.fields.items()
            if (depth > 0 or is_leaf_type(get_named_type(f.type))) and self._can_ask(f)
        ]
        parts = ["__typename"] if self.chance(15) or not names else []
        if names:
            count = min(self.rng.randint(1, self.rng.randint(1, 5)), len(names))
            some = self.rng.sample(names, count)
            parts += [self.field(type_, name, depth, taken) for name in some]
        if is_interface_type(type_):
            for concrete in self.schema.get_possible_types(type_):
                if self.chance(15) and depth > 0:
                    self.side_by_side += 1
                    inner = self.selection(concrete, depth - 1, taken)
                    self.side_by_side -= 1
                    parts.append(f"... on {concrete.name} {inner}")
        elif self.chance(15):
            inner = self.selection(type_, depth - 1, taken)
            parts.append(f"... on {type_.name}{self.directive()} {inner}")
        elif self.chance(15):
            inner = self.selection(type_, depth - 1, taken)
            name = f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {type_.name} {inner}")
            parts.append(f"...{name}{self.directive()}")
        return "{ " + " ".join(parts) + " }"

    def _can_ask(self, f: GraphQLField) -> bool:
        """Whether a field is wanted, and there is something that its id could name."""
        definition = f.extensions["strawberry-definition"]
        if self.declared and not (isinstance(definition, Declared) or definition.is_basic_field):
            return False
        prefix = prefix_of(get_named_type(f.type).name)
        return "id" not in f.args or prefix in self.ids or prefix == "node"

    def field(self, type_: Any, name: str, depth: int, taken: dict[str, str]) -> str:
        f = type_.fields[name]
        named = get_named_type(f.type)
        plain_leaf = not f.args and is_leaf_type(named)
        # Fields that could conflict get aliases of their own.
        plain_leaf = plain_leaf and not self.side_by_side
        key = name if plain_leaf and self.chance(80) else f"a{len(taken)}"
        taken[key] = name
        alias = "" if key == name else f"{key}: "
        below = "" if is_leaf_type(named) else " " + self.selection(named, depth - 1, taken)
        return f"{alias}{name}{self.arguments(f)}{self.directive()}{below}"


@dataclass(frozen=True)
class Enum:
    name: str


def plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def query(
    rng: random.Random, schema: GraphQLSchema, ids: dict[str, list[str]]
) -> tuple[str, dict[str, Any]]:
    drawn = Drawn(schema, rng, ids, declared=rng.random() < 0.5)
    body = drawn.selection(schema.query_type, 4, {})
    head = f"({', '.join(drawn.definitions)})" if drawn.definitions else ""
    return "\n".join([f"query{head} {body}", *drawn.fragments]), drawn.variables
