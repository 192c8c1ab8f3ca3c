"""One schema, served: from a request's text and variables to the bytes of its answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import orjson
from graphql import GraphQLError, GraphQLSchema, OperationType
from graphql.execution.values import VariableValues

from core.kit.arguments import Args, arguments
from core.kit.context import Coordinate
from core.kit.documents import Document, Documents, NotRunnable
from core.kit.lexical import has_nul
from core.kit.limits import LIMITS, Limits, TooMuch
from core.kit.live import Question, question_of
from core.kit.plan.plan import Plan
from gateway.errors import field_error, formatted, request_errors
from gateway.execution import Execution
from gateway.running import run

#: Who may ask for the schema itself.
READ_SCHEMA = "schema.read"


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a client asks, whatever it came in."""

    #: None if only its hash was sent.
    query: str | None
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    #: Came by GET: nothing may be changed.
    read_only: bool = False
    #: Answer with what it costs, and how it was run.
    show_cost: bool = False
    #: SHA-256 of the text, in hexadecimal, if it was sent.
    digest: str | None = None
    #: Whoever asks can be answered more than once.
    live: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """What a subscription watches, with its arguments."""

    question: Question
    args: Args

    @property
    def key(self) -> str:
        return self.question.key

    def topics(self, context: Any) -> Collection[str]:
        return self.question.watched.topics(context, self.args)

    async def is_over(self, context: Any) -> bool:
        over = self.question.watched.over
        return over is not None and await over(context, self.args)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back, and what is logged and counted of it."""

    status: int
    body: bytes
    outcome: str = "ok"
    headers: Mapping[str, str] = field(default_factory=dict)
    operation: str | None = None
    errors: int = 0
    #: The limit that the document is over, if that is why it is refused.
    limit: str | None = None
    #: Which execution made it: planned, mixed or plain.
    way: str | None = None
    #: The fields that failed, and are left out of plans for a while.
    set_aside: tuple[str, ...] = ()


class RequestContext(Protocol):
    """What the gateway itself wants of the context; resolvers want more."""

    failed: set[Coordinate]
    statements: int

    @property
    def permissions(self) -> frozenset[str]: ...

    def stop(self) -> None:
        """End what is still being loaded."""


class Gateway:
    """The GraphQL service of one schema, so of one set of modules."""

    def __init__(self, schema: GraphQLSchema, limits: Limits = LIMITS) -> None:
        self.schema = schema
        self.limits = limits
        self.documents = Documents(schema, limits)
        self.execution = Execution(schema)
        self._questions: WeakKeyDictionary[Document, Question] = WeakKeyDictionary()

    async def answer(
        self,
        request: GraphQLRequest,
        context: RequestContext,
        gone: Callable[[], Coroutine[Any, Any, None]] | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """Execute *request*, unless it is refused. *gone* waits until the client goes away.

        *seconds* is what is left of the time limit, when some of it has been used before.
        """
        assert request.query is not None, "a hash has been looked up before"
        accepted = await self._accept(request, request.query, context)
        if isinstance(accepted, Answer):
            return accepted
        document, values, cost = accepted
        if document.operation.operation is OperationType.SUBSCRIPTION:
            document = self._question(document).document
        work = self._run(request, document, values, cost, context)
        try:
            return await run(work, seconds or self.limits.seconds, gone)
        except TimeoutError:
            message = f"The request took over {self.limits.seconds:g} seconds and was stopped."
            return error_answer(504, message, "TIMEOUT", outcome="timeout", name=document.name)
        finally:
            context.stop()

    async def watch(
        self, request: GraphQLRequest, context: RequestContext
    ) -> Watch | Answer | None:
        """What *request* watches; why it is refused; None if it is no subscription."""
        assert request.query is not None, "a hash has been looked up before"
        accepted = await self._accept(request, request.query, context)
        if isinstance(accepted, Answer):
            return accepted
        document, values, _ = accepted
        if document.operation.operation is not OperationType.SUBSCRIPTION:
            return None
        question = self._question(document)
        try:
            return Watch(question, arguments(question.field, question.node, values))
        except GraphQLError as error:
            return refused([error], "BAD_USER_INPUT")

    def _question(self, document: Document) -> Question:
        found = self._questions.get(document)
        if found is None:
            found = self._questions[document] = question_of(self.schema, document)
        return found

    async def _accept(
        self, request: GraphQLRequest, text: str, context: RequestContext
    ) -> tuple[Document, VariableValues, int] | Answer:
        """The document with its variables and cost, or why it is not executed."""
        knows_schema = READ_SCHEMA in context.permissions
        try:
            document = await self.documents.get(text, request.operation_name, hints=knows_schema)
        except NotRunnable as error:
            return refused(error.errors, error.code)
        kind = document.operation.operation
        watched = request.live and kind is OperationType.SUBSCRIPTION
        if request.read_only and kind is not OperationType.QUERY and not watched:
            return error_answer(
                405, f"Send a {kind.value} by POST.", "BAD_REQUEST", headers={"Allow": "POST"}
            )
        if kind is OperationType.SUBSCRIPTION and not watched:
            message = (
                "Send a subscription over a WebSocket (graphql-transport-ws), or accept "
                "nothing but text/event-stream."
            )
            return error_answer(400, message, "BAD_REQUEST")
        if document.introspects and not knows_schema:
            return error_answer(
                403, f"Introspection needs the permission '{READ_SCHEMA}'.", "FORBIDDEN"
            )
        values = self._coerced(document, request.variables or {}, hints=knows_schema)
        if not isinstance(values, VariableValues):
            return refused(values[: self.limits.validation_errors], "BAD_USER_INPUT")
        for name, value in (request.variables or {}).items():
            if has_nul(value):
                message = f"'${name[:60]}' holds the character U+0000, which can't be kept."
                return refused([GraphQLError(message)], "BAD_USER_INPUT")
        cost = document.cost.of(values.coerced)
        if cost > self.limits.cost:
            return refused([TooMuch("cost", cost, self.limits.cost)], "BAD_REQUEST")
        return document, values, cost

    def _coerced(
        self, document: Document, variables: dict[str, Any], *, hints: bool
    ) -> VariableValues | list[GraphQLError]:
        return document.variables.given(
            variables, max_errors=self.limits.validation_errors, hints=hints
        )

    async def prepare(
        self, text: str, variables: dict[str, Any], permissions: frozenset[str]
    ) -> bool:
        """Read a document, and plan it as for a request; whether there is a plan now."""
        try:
            document = await self.documents.get(text, None)
        except NotRunnable:
            return False  # the schema has changed since it was stored
        values = self._coerced(document, variables, hints=False)
        if not isinstance(values, VariableValues):
            return False
        found = await self.execution.plans.get(document, values, permissions, frozenset())
        return isinstance(found, Plan)

    async def _run(
        self,
        request: GraphQLRequest,
        document: Document,
        values: VariableValues,
        cost: int,
        context: RequestContext,
    ) -> Answer:
        started = time.perf_counter()
        ran = await self.execution.run(document, request.variables, values, context)
        answer: dict[str, Any] = {"data": ran.data}
        if ran.errors:
            answer["errors"] = [field_error(error) for error in ran.errors]
        if request.show_cost:
            answer["extensions"] = {
                "cost": {"requested": cost, "limit": self.limits.cost},
                "execution": {
                    "way": ran.way,
                    "statements": context.statements,
                    "ms": round((time.perf_counter() - started) * 1000, 2),
                },
            }
        return Answer(
            200,
            orjson.dumps(answer),
            "field_errors" if ran.errors else "ok",
            operation=document.name,
            errors=len(ran.errors or ()),
            way="fallback" if ran.fallback else ran.way,
            set_aside=ran.set_aside,
        )


def refused(errors: list[GraphQLError], code: str) -> Answer:
    """The answer to a request that is not executed because of *errors*."""
    limit = next((error.limit for error in errors if isinstance(error, TooMuch)), None)
    body = orjson.dumps({"errors": request_errors(errors, code)})
    return Answer(400, body, "refused", errors=len(errors), limit=limit)


def error_answer(
    status: int,
    message: str,
    code: str,
    *,
    outcome: str = "refused",
    headers: Mapping[str, str] | None = None,
    name: str | None = None,
) -> Answer:
    """An answer that is one error and nothing else."""
    body = orjson.dumps({"errors": [formatted(message, code)]})
    return Answer(status, body, outcome, headers or {}, name, errors=1)
