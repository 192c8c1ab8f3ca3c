"""One pass over a parsed document that tells its size without expanding its fragments.

Each fragment is looked at once and remembered: n fragments that each spread the next one twice
stand for 2^n fields, and are measured in n steps. Fragments are measured before those that
spread them, so that a long chain of them doesn't make a deep recursion.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from core.kit.limits import LIMITS, Limits, TooMuch

INTROSPECTION = frozenset({"__schema", "__type"})
#: The argument that says how many rows a page has.
PAGE_SIZE = "first"


@dataclass(frozen=True, slots=True)
class Size:
    """What stands below a selection set, with all fragments in place."""

    depth: int = 0
    introspection_depth: int = 0
    #: Levels of selection sets, those of fragments among them.
    levels: int = 0
    fields: int = 0


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document, with what has been found out about it."""

    node: OperationDefinitionNode
    introspects: bool
    #: With those of fragments, as often as they are spread.
    fields: int

    @property
    def name(self) -> str | None:
        return self.node.name.value if self.node.name else None


@dataclass(frozen=True, slots=True)
class Analysis:
    """A document within the limits that can be told from its text alone."""

    document: DocumentNode
    operations: list[Operation]
    #: Each after those that it spreads.
    fragments: dict[str, FragmentDefinitionNode]


@dataclass(frozen=True, slots=True)
class Used:
    """What a document names, fragments and all."""

    fields: frozenset[str]
    #: The variables of all ``@skip`` and ``@include``, in a fixed order.
    switches: tuple[str, ...]
    #: Those that say how many rows a page has.
    sizes: tuple[str, ...]


def used(document: DocumentNode) -> Used:
    fields: set[str] = set()
    switches: set[str] = set()
    sizes: set[str] = set()
    waiting = [
        d.selection_set
        for d in document.definitions
        if isinstance(d, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while waiting:
        for node in waiting.pop().selections:
            for directive in node.directives or ():
                for argument in directive.arguments or ():
                    if isinstance(argument.value, VariableNode):
                        switches.add(argument.value.name.value)
            if isinstance(node, FieldNode):
                fields.add(node.name.value)
                sizes.update(
                    argument.value.name.value
                    for argument in node.arguments or ()
                    if argument.name.value == PAGE_SIZE and isinstance(argument.value, VariableNode)
                )
            if isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
                waiting.append(node.selection_set)
    return Used(frozenset(fields), tuple(sorted(switches)), tuple(sorted(sizes)))


def analyse(document: DocumentNode, limits: Limits = LIMITS) -> Analysis:
    """Measure *document*, or raise the :class:`GraphQLError` that says what is too much.

    Nothing is known to be valid yet: validation itself is what has to be protected.
    """
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    fragments = _in_order(document, operations, limits)
    sizes: dict[str, Size] = {}
    for name, fragment in fragments.items():
        sizes[name] = _measure(fragment.selection_set, sizes, limits)
    counts: list[int] = []
    for operation in operations:
        size = _measure(operation.selection_set, sizes, limits)
        counts.append(size.fields)
        _refuse_large(size, sum(counts), limits)
    merge = Merge(fragments, limits)
    found = [_looked_at(o, n, merge, limits) for o, n in zip(operations, counts, strict=True)]
    return Analysis(document, found, fragments)


def _in_order(
    document: DocumentNode, operations: list[OperationDefinitionNode], limits: Limits
) -> dict[str, FragmentDefinitionNode]:
    fragments = {
        d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
    }
    if len(fragments) > limits.fragments:
        raise TooMuch("fragments", len(fragments), limits.fragments)
    spread = {name: set(_spreads(f.selection_set)) for name, f in fragments.items()}
    try:
        order = [name for name in TopologicalSorter(spread).static_order() if name in fragments]
    except CycleError as error:
        way = " → ".join(name[:40] for name in reversed(error.args[1]))
        raise _invalid(f"Fragments must not spread themselves: {way}.") from None
    used = {name for o in operations for name in _spreads(o.selection_set)}
    for name in reversed(order):
        if name not in used:  # or it would be validated without having been looked at here
            raise _invalid(f"Fragment '{name[:60]}' is never used.")
        used |= spread[name]
    return {name: fragments[name] for name in order}


def _invalid(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "GRAPHQL_VALIDATION_FAILED"})


def _spreads(of: SelectionSetNode) -> Iterator[str]:
    """The names of the fragments spread anywhere in one definition."""
    waiting = [of]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FragmentSpreadNode):
                yield node.name.value
            elif isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
                waiting.append(node.selection_set)


def _measure(of: SelectionSetNode, sizes: dict[str, Size], limits: Limits) -> Size:
    """The size of a selection set. The lexical check has limited how deep this recurs."""
    depth = introspection = levels = fields = 0
    for node in of.selections:
        if isinstance(node, FieldNode):
            _refuse_long_lists(node, limits)
            below = _measure(node.selection_set, sizes, limits) if node.selection_set else Size()
            size = _of_field(node, below)
        elif isinstance(node, FragmentSpreadNode):
            size = sizes.get(node.name.value, Size())  # validation finds those that don't exist
        elif isinstance(node, InlineFragmentNode):
            size = _measure(node.selection_set, sizes, limits)
        depth = max(depth, size.depth)
        introspection = max(introspection, size.introspection_depth)
        levels = max(levels, size.levels)
        fields += size.fields
    return Size(depth, introspection, levels + 1, fields)


def _of_field(node: FieldNode, below: Size) -> Size:
    if node.name.value in INTROSPECTION:
        return Size(1, 1 + max(below.depth, below.introspection_depth), below.levels, 1)
    return Size(1 + below.depth, below.introspection_depth, below.levels, 1 + below.fields)


def _refuse_large(size: Size, fields: int, limits: Limits) -> None:
    for limit, found, allowed in (
        ("depth", size.depth, limits.depth),
        ("introspection depth", size.introspection_depth, limits.introspection_depth),
        ("nested fragments", size.levels, limits.nested_fragments),
        ("cost", fields, limits.cost),  # each field costs one at least
    ):
        if found > allowed:
            raise TooMuch(limit, found, allowed)


def _refuse_long_lists(node: FieldNode, limits: Limits) -> None:
    longest = max((_longest_list(a.value) for a in node.arguments or ()), default=0)
    if longest > limits.input_items:
        raise TooMuch("input items", longest, limits.input_items)


def _longest_list(value: ValueNode) -> int:
    if isinstance(value, ListValueNode):
        return max(len(value.values), *map(_longest_list, value.values), 0)
    if isinstance(value, ObjectValueNode):
        return max((_longest_list(f.value) for f in value.fields), default=0)
    return 0


def _looked_at(
    node: OperationDefinitionNode, fields: int, merge: Merge, limits: Limits
) -> Operation:
    roots = merge.check(node.selection_set)
    what, allowed = "root fields", limits.root_fields
    if node.operation is OperationType.MUTATION:
        what, allowed = "mutations", limits.mutations
    if len(roots) > allowed:
        raise TooMuch(what, len(roots), allowed)
    introspects = any(f.name.value in INTROSPECTION for nodes in roots.values() for f in nodes)
    return Operation(node, introspects, fields)


class Merge:
    """Walks an operation as execution will, field by response key, and counts selections.

    Validation compares all fields of one response key pairwise, so their number is limited
    wherever they meet. The walk visits each field of the answer once: limit those first.
    """

    def __init__(self, fragments: dict[str, FragmentDefinitionNode], limits: Limits) -> None:
        self._fragments = fragments
        self._allowed = limits.selections

    def check(self, *sets: SelectionSetNode) -> dict[str, list[FieldNode]]:
        """The fields by response key, when neither they nor any below are selected too often."""
        grouped: defaultdict[str, list[FieldNode]] = defaultdict(list)
        for node in self._fields(sets):
            grouped[node.alias.value if node.alias else node.name.value].append(node)
        counts = Counter(node.name.value for nodes in grouped.values() for node in nodes)
        for name, count in counts.items():
            if count > self._allowed:
                raise TooMuch(f"aliases or repetitions of '{name[:60]}'", count, self._allowed)
        for nodes in grouped.values():
            if below := [node.selection_set for node in nodes if node.selection_set]:
                self.check(*below)
        return grouped

    def _fields(self, sets: Iterable[SelectionSetNode]) -> Iterator[FieldNode]:
        """The fields of *sets* that meet in one object, each fragment's once."""
        seen: set[str] = set()
        waiting = list(sets)
        while waiting:
            for node in waiting.pop().selections:
                if isinstance(node, FieldNode):
                    yield node
                elif isinstance(node, InlineFragmentNode):
                    waiting.append(node.selection_set)
                elif isinstance(node, FragmentSpreadNode):
                    name = node.name.value
                    if name not in seen and name in self._fragments:
                        seen.add(name)
                        waiting.append(self._fragments[name].selection_set)
