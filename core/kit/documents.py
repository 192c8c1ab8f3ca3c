"""Documents: checked, parsed, validated and weighed once, then kept for the next request."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
)

from core.kit.analysis import Analysis, Operation, Used, analyse, used
from core.kit.cost import Cost, cost_of
from core.kit.lexical import check_text
from core.kit.limits import LIMITS, Limits
from core.kit.thread import in_thread
from core.kit.validation import validate
from core.kit.variables import Variables

#: A text, and the operation of it that is to run.
Key = tuple[str, str | None]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Document:
    """One operation of one text, ready to run in one schema."""

    name: str | None
    node: DocumentNode
    operation: OperationDefinitionNode
    #: Each after those that it spreads.
    fragments: dict[str, FragmentDefinitionNode]
    introspects: bool
    #: With those of fragments, as often as they are spread.
    fields: int
    cost: Cost
    used: Used
    variables: Variables


class NotRunnable(Exception):
    """A text is no document that this schema can run, for these reasons."""

    def __init__(self, errors: list[GraphQLError], code: str) -> None:
        super().__init__(code)
        self.errors = errors
        self.code = code


class Documents:
    """The documents seen last in one schema, bounded by number and by characters."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits = LIMITS,
        *,
        size: int = 1024,
        characters: int = 4_000_000,
    ) -> None:
        self.schema = schema
        self.limits = limits
        self._size = size
        self._characters = characters
        self._kept = 0
        self._seen: OrderedDict[Key, Document] = OrderedDict()
        self._reading: dict[tuple[str, str | None, bool], asyncio.Future[Document]] = {}

    def __len__(self) -> int:
        return len(self._seen)

    async def get(self, text: str, operation: str | None, *, hints: bool = True) -> Document:
        """The document, or raise :class:`NotRunnable`.

        A new one is read in a thread, once for all who ask meanwhile.

        Without *hints* the errors don't propose names: they would give the schema away.
        """
        key = (text, operation)
        if document := self._seen.get(key):
            self._seen.move_to_end(key)
            return document
        reading = self._reading.get((*key, hints))
        if reading is None:
            reading = asyncio.ensure_future(in_thread(self.read, text, operation, hints=hints))
            self._reading[*key, hints] = reading
            reading.add_done_callback(lambda done: self._read(key, hints, done))
        # Shielded: others may wait for it too.
        return await asyncio.shield(reading)

    def _read(self, key: Key, hints: bool, done: asyncio.Future[Document]) -> None:
        self._reading.pop((*key, hints))
        if not done.cancelled() and done.exception() is None and key not in self._seen:
            self._keep(key, done.result())

    def _keep(self, key: Key, document: Document) -> None:
        self._seen[key] = document
        self._kept += len(key[0])
        while len(self._seen) > self._size or self._kept > self._characters:
            (oldest, _), _ = self._seen.popitem(last=False)
            self._kept -= len(oldest)

    def read(self, text: str, name: str | None, *, hints: bool = True) -> Document:
        """Make the document, or raise :class:`NotRunnable`; nothing is kept."""
        analysis = self._parsed(text)
        most = self.limits.validation_errors
        errors = validate(self.schema, analysis.document, text, most=most, hints=hints)
        if errors:
            raise NotRunnable(errors[:most], "GRAPHQL_VALIDATION_FAILED")
        operation = _chosen(analysis, name)
        cost = cost_of(self.schema, operation.node, analysis.fragments, self.limits)
        return Document(
            operation.name,
            analysis.document,
            operation.node,
            analysis.fragments,
            operation.introspects,
            operation.fields,
            cost,
            used(analysis.document),
            Variables(self.schema, operation.node),
        )

    def _parsed(self, text: str) -> Analysis:
        """Everything that can be refused before validation, the cheapest checks first."""
        try:
            check_text(text, self.limits)
            document = parse(text, max_tokens=self.limits.tokens)
        except GraphQLError as error:
            raise NotRunnable([error], "GRAPHQL_PARSE_FAILED") from None
        try:
            return analyse(document, self.limits)
        except GraphQLError as error:
            raise NotRunnable([error], "GRAPHQL_VALIDATION_FAILED") from None


def _chosen(analysis: Analysis, name: str | None) -> Operation:
    named = [o for o in analysis.operations if name is None or o.name == name]
    if len(named) == 1:
        return named[0]
    names = ", ".join(o.name or "(anonymous)" for o in analysis.operations)
    if name is None:
        message = f"Say by operationName which one to run: {names}."
    else:
        message = f"The document has no operation '{name[:60]}', but {names}."
    raise NotRunnable([GraphQLError(message)], "OPERATION_RESOLUTION_FAILURE")
