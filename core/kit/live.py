"""Watched fields: what a field of Query answers, anew whenever that may have changed.

    @extend(requires="crm.alerts")
    class AlertSubscriptions(Subscription):
        my_alerts_changed: FacetedConnection[Alert] = watched(
            strawberry.field(resolver=_my_alerts), of="myAlerts", topics=_topics
        )

A subscription is turned into the query that asks the same, so that everything a query is held to
holds for it: plans, permissions, limits, and whose rows are seen.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from core.kit.analysis import used
from core.kit.arguments import Args
from core.kit.context import Context
from core.kit.documents import Document
from core.kit.errors import ModuleError
from core.kit.ids import key_in, prefix_in
from core.kit.session import topic_of_row


@dataclass(frozen=True, eq=False)
class Watched:
    """What a field of Subscription watches."""

    #: The field of Query that answers it; it takes the same arguments.
    of: str
    #: What is announced (``session.announce``) when its answer may be another.
    topics: Callable[[Context, Args], Collection[str]]
    #: Whether its answer will never be another.
    over: Callable[[Context, Args], Awaitable[bool]] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A subscription, and the query that asks what it shows right now."""

    watched: Watched
    field: GraphQLField
    node: FieldNode
    document: Document

    @property
    def key(self) -> str:
        """Under which the answer has it."""
        return self.node.alias.value if self.node.alias else self.node.name.value


def watched(
    field: Any,
    *,
    of: str,
    topics: Callable[[Context, Args], Collection[str]],
    over: Callable[[Context, Args], Awaitable[bool]] | None = None,
) -> Any:
    """A field of Subscription, declared as the field of Query called *of* is."""
    field.metadata = {**(field.metadata or {}), "watched": Watched(of, topics, over)}
    return field


def row(context: Context, args: Args) -> list[str]:
    """The topic of the row whose ``id`` is asked for."""
    known = prefix_in(args["id"]) is not None
    return [topic_of_row(key_in(args["id"]))] if known else []


def question_of(schema: GraphQLSchema, document: Document) -> Question:
    """The query that a valid subscription stands for."""
    asked = list(_root_fields(document))
    watching = _watched(schema, asked[0].name.value)
    name = NameNode(value=watching.of)
    nodes = tuple(
        FieldNode(
            alias=node.alias or node.name,
            name=name,
            arguments=node.arguments,
            directives=node.directives,
            selection_set=node.selection_set,
            loc=node.loc,
        )
        for node in asked
    )
    operation = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=document.operation.name,
        variable_definitions=document.operation.variable_definitions,
        directives=document.operation.directives,
        selection_set=SelectionSetNode(selections=nodes),
        loc=document.operation.loc,
    )
    root = _root(schema).name
    fragments = {
        name: fragment
        for name, fragment in document.fragments.items()
        if fragment.type_condition.name.value != root
    }
    node = DocumentNode(definitions=(operation, *fragments.values()))
    query = replace(document, node=node, operation=operation, fragments=fragments, used=used(node))
    assert schema.query_type is not None
    return Question(watching, schema.query_type.fields[watching.of], nodes[0], query)


def check_watched(schema: GraphQLSchema) -> None:
    """Raise :class:`ModuleError` unless each field of Subscription is one of Query, watched."""
    queries: Any = schema.query_type
    for name, field in _root(schema).fields.items():
        definition = field.extensions["strawberry-definition"]
        if "watched" not in (definition.metadata or {}):
            raise ModuleError(f"The field '{name}' of Subscription says not what it watches.")
        of = queries.fields.get(_watched(schema, name).of)
        taken = {arg: str(a.type) for arg, a in field.args.items()}
        if (
            of is None
            or str(of.type) != str(field.type)
            or taken != {arg: str(a.type) for arg, a in of.args.items()}
        ):
            raise ModuleError(
                f"The field '{name}' of Subscription watches '{_watched(schema, name).of}', "
                "which Query has not, or of another type, or with other arguments."
            )


def _root(schema: GraphQLSchema) -> Any:
    return schema.subscription_type


def _watched(schema: GraphQLSchema, name: str) -> Watched:
    found: Watched = (
        _root(schema).fields[name].extensions["strawberry-definition"].metadata["watched"]
    )
    return found


def _root_fields(document: Document) -> Iterator[FieldNode]:
    """The one field of the root, as often as it is selected. Nothing there may be conditional."""
    waiting = [document.operation.selection_set]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                waiting.append(document.fragments[node.name.value].selection_set)
