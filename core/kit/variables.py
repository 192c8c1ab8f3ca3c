"""The variables of a document: what they are is found out once, their values at each request.

graphql-core finds out both each time, which takes longer than all else of a planned request that
is no statement. Here are only the values that nothing can be wrong with: a text for an ID, a
number for an Int. For all others, and to say what is wrong, graphql-core is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
)
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

IsRight = Callable[[Any], bool]
_MOST, _LEAST = 2**31 - 1, -(2**31)


@dataclass(frozen=True, slots=True)
class Variable:
    signature: GraphQLVariableSignature
    #: Whether a value is right as it is; None if only graphql-core can tell.
    is_right: IsRight | None


class Variables:
    """Those of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._nodes = operation.variable_definitions or ()
        found = [get_variable_signature(schema, node) for node in self._nodes]
        signatures = [s for s in found if isinstance(s, GraphQLVariableSignature)]
        self._plain = len(signatures) == len(found)  # else the document is not valid
        self._each = [Variable(s, _check(s.type)) for s in signatures]
        #: By name: the types.
        self.types = {s.name: s.type for s in signatures}

    def given(
        self, values: dict[str, Any], *, max_errors: int, hints: bool
    ) -> VariableValues | list[GraphQLError]:
        """The variables as *values* give them, or what is wrong with those."""
        return self._as_they_are(values) or get_variable_values(
            self._schema, self._nodes, values, max_errors=max_errors, hide_suggestions=not hints
        )

    def _as_they_are(self, values: dict[str, Any]) -> VariableValues | None:
        if not self._plain:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for variable in self._each:
            signature = variable.signature
            name = signature.name
            value = values.get(name, Undefined)
            if value is Undefined:
                if signature.default is not None or type(signature.type) is GraphQLNonNull:
                    return None
                sources[name] = VariableValueSource(signature)
                continue
            if variable.is_right is None or not variable.is_right(value):
                return None
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = value
        return VariableValues(sources, coerced)


def _check(type_: Any) -> IsRight | None:
    if type(type_) is GraphQLNonNull:
        return _check_some(type_.of_type)
    check = _check_some(type_)
    return None if check is None else lambda value: value is None or check(value)


def _check_some(type_: Any) -> IsRight | None:
    """The same for what is not null."""
    if type(type_) is GraphQLList:
        item = _check(type_.of_type)
        return None if item is None else lambda value: type(value) is list and _all(item, value)
    if type_ is GraphQLID or type_ is GraphQLString:
        return lambda value: type(value) is str
    if type_ is GraphQLBoolean:
        return lambda value: type(value) is bool
    if type_ is GraphQLInt:
        return lambda value: type(value) is int and _LEAST <= value <= _MOST
    return None


def _all(check: IsRight, values: Sequence[Any]) -> bool:
    return all(check(value) for value in values)
