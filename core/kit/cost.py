"""What an operation costs: one for each field, times the size of the pages it stands below.

Page sizes may be variables, so a cost is a little programme that is made once per document and
run once per request. Fragments are steps of it: shared, not expanded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from core.kit.limits import LIMITS, Limits


@dataclass(frozen=True, slots=True)
class Items:
    """How many items a field returns: a number, or what a variable says."""

    number: int
    variable: str | None = None

    def given(self, variables: Mapping[str, Any], page: int) -> int:
        value = variables.get(self.variable, self.number) if self.variable else self.number
        if isinstance(value, list):
            return len(value)
        # A page that is too large costs a full one: the field itself refuses it.
        return max(0, min(value, page)) if isinstance(value, int) else self.number


@dataclass(frozen=True, slots=True)
class Step:
    """A selection set: its own fields, and further steps, each some times."""

    own: int
    below: tuple[tuple[Items, int], ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """The steps of a document, each after those it refers to; the last is the operation."""

    steps: tuple[Step, ...]
    page: int
    #: The cost, if it is the same whatever the variables are.
    fixed: int | None = field(init=False)

    def __post_init__(self) -> None:
        varies = any(items.variable for step in self.steps for items, _ in step.below)
        object.__setattr__(self, "fixed", None if varies else self._add_up({}))

    def of(self, variables: Mapping[str, Any]) -> int:
        return self._add_up(variables) if self.fixed is None else self.fixed

    def _add_up(self, variables: Mapping[str, Any]) -> int:
        totals: list[int] = []
        for step in self.steps:
            total = step.own
            for items, index in step.below:
                total += items.given(variables, self.page) * totals[index]
            totals.append(total)
        return totals[-1]


def cost_of(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    limits: Limits = LIMITS,
) -> Cost:
    """The cost of a valid operation. *fragments* come each after those it spreads."""
    weigh = _Weigh(schema, limits)
    for name, fragment in fragments.items():
        of = schema.type_map[fragment.type_condition.name.value]
        for within in (False, True):
            weigh.fragments[name, within] = weigh.step(of, fragment.selection_set, within)
    root = schema.get_root_type(operation.operation)
    assert root is not None  # validated
    weigh.step(root, operation.selection_set, within_page=False)
    return Cost(tuple(weigh.steps), limits.page)


class _Weigh:
    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self.steps: list[Step] = []
        self.fragments: dict[tuple[str, bool], int] = {}
        self._schema = schema
        self._limits = limits

    def step(self, type_: GraphQLNamedType, of: SelectionSetNode, within_page: bool) -> int:
        """Add the step of a selection set, and return its index.

        *within_page* says that the parent is a page: its lists hold what was asked for as
        ``first``, and are not multiplied once more.
        """
        own = 0
        below: list[tuple[Items, int]] = []
        for node in of.selections:
            if isinstance(node, FragmentSpreadNode):
                below.append((Items(1), self.fragments[node.name.value, within_page]))
            elif isinstance(node, InlineFragmentNode):
                on = node.type_condition
                narrowed = self._schema.type_map[on.name.value] if on else type_
                below.append((Items(1), self.step(narrowed, node.selection_set, within_page)))
            elif isinstance(node, FieldNode) and not node.name.value.startswith("__"):
                own += 1
                if node.selection_set is not None:
                    field = type_.fields[node.name.value]  # type: ignore[attr-defined]
                    paged = "first" in field.args
                    index = self.step(get_named_type(field.type), node.selection_set, paged)
                    below.append((self._items(field, node, within_page), index))
        self.steps.append(Step(own, tuple(below)))
        return len(self.steps) - 1

    def _items(self, field: GraphQLField, node: FieldNode, within_page: bool) -> Items:
        if "first" in field.args:
            default = field.args["first"].default_value
            return self._given(node, "first", default if isinstance(default, int) else None)
        if within_page or not is_list_type(get_nullable_type(field.type)):
            return Items(1)
        if "ids" in field.args:
            return self._given(node, "ids", None)
        definition = field.extensions.get("strawberry-definition")
        source = getattr(definition, "source", None)
        declared = getattr(source, "limit", None) or getattr(source, "typical", None)
        return Items(declared or self._limits.typical_list)

    def _given(self, node: FieldNode, name: str, default: int | None) -> Items:
        number = self._limits.typical_list if default is None else default
        value = next((a.value for a in node.arguments or () if a.name.value == name), None)
        if isinstance(value, VariableNode):
            return Items(number, value.name.value)
        return Items(_literal(value, number, self._limits.page))


def _literal(value: ValueNode | None, default: int, page: int) -> int:
    if isinstance(value, IntValueNode):
        return max(0, min(int(value.value), page))
    if isinstance(value, ListValueNode):
        return len(value.values)
    return default
