"""The plans made so far, by document, shape of its variables, and who asks."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from graphql import GraphQLSchema, OperationType, Undefined
from graphql.execution.values import VariableValues
from strawberry.exceptions import StrawberryInputCoercionError

from core.kit.arguments import shape
from core.kit.context import Coordinate
from core.kit.documents import Document
from core.kit.errors import GatewayError
from core.kit.ids import prefix_of
from core.kit.paging import MAX_PAGE
from core.kit.plan.budget import MOST_FIELDS
from core.kit.plan.collect import Collector
from core.kit.plan.leaves import NotPlanned
from core.kit.plan.plan import Plan
from core.kit.plan.planner import Planner
from core.kit.thread import in_thread

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unplanned:
    """That a document has no plan, and why."""

    why: str


Made = Plan | Unplanned
#: Plans of one document at most, or its many variables would crowd all others out.
MOST_SHAPES = 100


class Plans:
    """The plans used last in one schema, whatever the document; bounded by their number."""

    def __init__(self, schema: GraphQLSchema, size: int = 2048) -> None:
        self._schema = schema
        self._size = size
        self._made: OrderedDict[Hashable, Made] = OrderedDict()
        #: The keys of each document's plans, the oldest first.
        self._of: WeakKeyDictionary[Document, dict[Hashable, None]] = WeakKeyDictionary()
        self._making: dict[Hashable, asyncio.Future[Made]] = {}
        node: Any = schema.type_map.get("Node")
        nodes = schema.get_possible_types(node) if node is not None else ()
        self._prefixes = frozenset(prefix_of(t.name) for t in nodes)

    def __len__(self) -> int:
        return len(self._made)

    async def get(
        self,
        document: Document,
        variables: VariableValues,
        permissions: frozenset[str],
        avoided: frozenset[Coordinate],
    ) -> Made:
        """The plan for these variables and permissions, which leaves out the fields *avoided*.

        Made in a thread at first sight, once for all who ask meanwhile: the event loop goes on.
        """
        # What fails elsewhere is no reason to plan this document anew.
        avoided = frozenset(field for field in avoided if field[1] in document.used.fields)
        key = self._key(document, variables, permissions, avoided)
        made = self._made.get(key)
        if made is not None:
            self._made.move_to_end(key)
            return made
        making = self._making.get(key)
        if making is None:
            making = asyncio.ensure_future(
                in_thread(self.make, document, variables, permissions, avoided)
            )
            self._making[key] = making
            making.add_done_callback(lambda done: self._keep(key, document, done))
        return await asyncio.shield(making)

    def make(
        self,
        document: Document,
        variables: VariableValues,
        permissions: frozenset[str],
        avoided: frozenset[Coordinate],
    ) -> Made:
        if document.operation.operation is not OperationType.QUERY:
            return Unplanned("it is no query")
        if document.introspects:
            return Unplanned("it asks for the schema")
        if document.fields > MOST_FIELDS:
            return Unplanned(f"it has over {MOST_FIELDS} fields")
        collector = Collector(document.fragments, variables)
        while True:
            planner = Planner(self._schema, collector, variables, permissions, avoided)
            try:
                return planner.plan(document.operation.selection_set)
            except (GatewayError, StrawberryInputCoercionError) as error:
                return Unplanned(f"an argument in the document is wrong: {error}")
            except NotPlanned as error:
                if error.field is None or error.field in avoided:
                    return Unplanned(str(error))
                avoided |= {error.field}  # and plan the rest around it
            except Exception as error:
                # A bug of ours must cost speed, not answers; nor be met anew at each request.
                log.exception("planning failed")
                return Unplanned(f"planning failed: {error}")

    def _keep(self, key: Hashable, document: Document, done: asyncio.Future[Made]) -> None:
        self._making.pop(key, None)
        if done.cancelled() or done.exception() is not None:
            return
        self._made[key] = done.result()
        mine = self._of.setdefault(document, {})
        mine[key] = None
        if len(mine) > MOST_SHAPES:
            self._drop(next(iter(mine)), document)
        if len(self._made) > self._size:
            oldest: Any = next(iter(self._made))
            self._drop(oldest, oldest[0])

    def _drop(self, key: Hashable, document: Document) -> None:
        del self._made[key]
        del self._of[document][key]

    def _key(
        self,
        document: Document,
        variables: VariableValues,
        permissions: frozenset[str],
        avoided: frozenset[Coordinate],
    ) -> Hashable:
        given, types = variables.coerced, document.variables.types
        return (
            document,
            tuple(given.get(name) for name in document.used.switches),
            tuple(_size(given.get(name, Undefined)) for name in document.used.sizes),
            tuple(shape(type_, given.get(name), self._prefixes) for name, type_ in types.items()),
            permissions,
            avoided,
        )


def _size(first: Any) -> Hashable:
    """A page's size, which stands in the statement; all that are refused are alike."""
    return first if type(first) is not int or 0 <= first <= MAX_PAGE else "refused"
