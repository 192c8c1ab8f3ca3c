"""The rules of the GraphQL specification: graphql-core's own, without what they needn't look at.

Each of its thirty rules is asked at each node whether it has something to say of that kind, names
are nodes too, and variables are looked for in each fragment. Here a rule is asked where it has
something to say, and not at all when the text can't break it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    ParallelVisitor,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    specified_rules,
    validation,
    visit,
)
from graphql.language import VariableNode
from graphql.language.visitor import BREAK, SKIP, EnterLeaveVisitor
from graphql.validation.validate import (
    FragmentNestingVisitor,
    ValidationAbortedError,
    query_document_keys_to_validate,
)

#: By a part of the text: the rules that it takes to be broken.
_NEEDS: dict[str, tuple[Any, ...]] = {
    "$": (
        validation.NoUndefinedVariablesRule,
        validation.NoUnusedVariablesRule,
        validation.UniqueVariableNamesRule,
        validation.VariablesAreInputTypesRule,
        validation.VariablesInAllowedPositionRule,
    ),
    "@": (
        validation.DeferStreamDirectiveLabel,
        validation.DeferStreamDirectiveOnRootField,
        validation.DeferStreamDirectiveOnValidOperationsRule,
        validation.KnownDirectivesRule,
        validation.StreamDirectiveOnListField,
        validation.UniqueDirectivesPerLocationRule,
    ),
    "...": (
        validation.FragmentsOnCompositeTypesRule,
        validation.KnownFragmentNamesRule,
        validation.PossibleFragmentSpreadsRule,
    ),
}
#: What :func:`core.kit.analysis.analyse` has refused already.
_SEEN_TO = (validation.NoFragmentCyclesRule, validation.NoUnusedFragmentsRule)
#: No rule looks at names as nodes.
_KEYS = {
    kind: tuple(key for key in keys if key not in ("name", "alias"))
    for kind, keys in query_document_keys_to_validate.items()
}


def validate(
    schema: GraphQLSchema, document: DocumentNode, text: str, *, most: int, hints: bool
) -> list[GraphQLError]:
    """What is wrong with *document*, which has been analysed: *most* errors, and that there are
    more. *text* is what it was parsed from; without *hints* no names are proposed."""
    errors: list[GraphQLError] = []

    def found(error: GraphQLError) -> None:
        if len(errors) >= most:
            raise ValidationAbortedError("There are more errors.")
        errors.append(error)

    types = TypeInfo(schema)
    context = _Context(schema, document, types, found, not hints)
    visitors: list[Visitor] = [rule(context) for rule in _rules(text)]
    fragments = {
        each.name.value: each
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    if fragments:
        visitors.insert(0, FragmentNestingVisitor(fragments))
    try:
        visit(document, TypeInfoVisitor(types, _Concerned(visitors)), _KEYS)
    except ValidationAbortedError as error:
        errors.append(error)
    except RecursionError:
        errors.append(ValidationAbortedError("Validation aborted."))
    return errors


def _rules(text: str) -> list[Any]:
    left_out: set[Any] = {*_SEEN_TO}
    for part, rules in _NEEDS.items():
        if part not in text:
            left_out.update(rules)
    return [rule for rule in specified_rules if rule not in left_out]


class _Context(validation.ValidationContext):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        #: By the identity of what is looked through: an operation, or a fragment.
        self._usages: dict[int, list[Any]] = {}

    def get_variable_usages(self, node: Any) -> list[Any]:
        """None, without a look at types, where there is no variable; three rules ask."""
        found = self._usages.get(id(node))
        if found is None:
            found = super().get_variable_usages(node) if _has_variables(node) else []
            self._usages[id(node)] = found
        return found


def _has_variables(node: Node) -> bool:
    waiting: list[Any] = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, VariableNode):
            return True
        for key in _KEYS.get(each.kind, ()):
            below = getattr(each, key)
            if isinstance(below, tuple | list):
                waiting += below
            elif below is not None:
                waiting.append(below)
    return False


@cache
def _is_concerned(rule: type[Visitor], kind: str) -> bool:
    return any(hasattr(rule, n) for n in (f"enter_{kind}", f"leave_{kind}", "enter", "leave"))


class _Concerned(ParallelVisitor):
    """Asks at each node those rules only that have something to say of its kind."""

    def get_enter_leave_for_kind(self, kind: str) -> EnterLeaveVisitor:
        if kind not in self.enter_leave_map:
            self.enter_leave_map[kind] = self._merged(kind)
        return self.enter_leave_map[kind]

    def _merged(self, kind: str) -> EnterLeaveVisitor:
        rules: list[Any] = list(map(type, self.visitors))
        each = [
            (i, visitor.get_enter_leave_for_kind(kind))
            for i, visitor in enumerate(self.visitors)
            if _is_concerned(rules[i], kind)
        ]
        entered = [(i, both.enter) for i, both in each if both.enter]
        left = [(i, both.leave) for i, both in each]
        skipping = self.skipping

        def enter(node: Node, *args: Any) -> None:
            for i, rule in entered:
                if not skipping[i]:
                    answer: Any = rule(node, *args)
                    if answer is SKIP or answer is False:
                        skipping[i] = node
                    elif answer is BREAK or answer is True:
                        skipping[i] = BREAK

        def leave(node: Node, *args: Any) -> None:
            for i, rule in left:
                if not skipping[i]:
                    answer: Any = rule(node, *args) if rule else None
                    if answer is BREAK or answer is True:
                        skipping[i] = BREAK
                elif skipping[i] is node:
                    skipping[i] = None

        return EnterLeaveVisitor(enter if entered else None, leave if left else None)
