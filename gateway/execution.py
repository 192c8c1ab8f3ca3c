"""Runs documents of one schema: planned as far as possible, and graphql-core does the rest."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from inspect import isawaitable
from typing import Any

import structlog
from graphql import GraphQLSchema, execute
from graphql.execution import ExecutionResult
from graphql.execution.values import VariableValues

from core.kit.context import Context, Coordinate
from core.kit.documents import Document
from core.kit.errors import BadInput, Busy, GatewayError, Refused, RefusedTogether
from core.kit.fields import Declared
from core.kit.plan.around import AroundPlan, is_its_fault
from core.kit.plan.plan import Plan
from core.kit.plan.plans import Plans

log = structlog.get_logger(__name__)
AVOID_SECONDS = 30
NOTHING: frozenset[Coordinate] = frozenset()
#: What is wrong with an argument. Below a null, the plain execution never comes to it.
OF_ARGUMENTS = (BadInput, Refused, RefusedTogether)
WRONG_ARGUMENT = "a wrong argument: "


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of an operation, and the way it went: planned, mixed or plain."""

    data: Any
    errors: Any
    way: str
    #: Why a plan was made and given up.
    fallback: str | None = None
    #: Why there was no plan, or none that an argument let run.
    why: str | None = None
    #: The fields that failed just now, and are left out of plans for a while.
    set_aside: tuple[str, ...] = ()


class Execution:
    """Both executions of one schema, and what is known of fields that fail."""

    def __init__(self, schema: GraphQLSchema, clock: Callable[[], float] = time.monotonic) -> None:
        self.schema = schema
        self._clock = clock
        self.plans = Plans(schema)
        #: How many operations went each way, and how many plans were given up.
        self.ran: Counter[str] = Counter()
        self._avoided: dict[Coordinate, float] = {}

    async def run(
        self,
        document: Document,
        variables: dict[str, Any] | None,
        values: VariableValues,
        context: Any,
        *,
        planned: bool = True,
    ) -> Ran:
        """Run a query or mutation. Without *planned*, graphql-core does it all."""
        if not planned:
            return await self._plain(document, variables, context)
        ran = await self._run_planned(document, variables, values, context)
        aside = self._set_aside(context) if context.failed else ()
        return replace(ran, set_aside=aside) if aside else ran

    async def _run_planned(
        self,
        document: Document,
        variables: dict[str, Any] | None,
        values: VariableValues,
        context: Any,
    ) -> Ran:
        fallback = why = None
        try:
            found = await self.plans.get(document, values, context.permissions, self.avoided())
            if isinstance(found, Plan):
                return await self._run_plan(found, document, variables, values, context)
            why = found.why
        except Busy:
            raise  # the plain execution needs even more statements
        except Exception as error:
            # Whatever it is, the plain execution meets it again and says where.
            why = f"{WRONG_ARGUMENT}{error}" if isinstance(error, OF_ARGUMENTS) else str(error)
            if not isinstance(error, GatewayError):
                fallback = f"{type(error).__name__}: {error}"
                why = None if is_its_fault(error) else why
        return await self._plain(document, variables, context, fallback, why)

    def avoided(self) -> frozenset[Coordinate]:
        """The fields that failed a moment ago: plans leave them to graphql-core."""
        if not self._avoided:
            return NOTHING
        now = self._clock()
        self._avoided = {field: end for field, end in self._avoided.items() if end > now}
        return frozenset(self._avoided)

    async def _run_plan(
        self,
        plan: Plan,
        document: Document,
        variables: dict[str, Any] | None,
        values: VariableValues,
        context: Context,
    ) -> Ran:
        data = await plan.run(context, values)
        if plan.closed:
            self.ran["planned"] += 1
            return Ran(data, None, "planned")
        result = await self._execute(document, variables, context, data)
        self.ran["mixed"] += 1
        return Ran(result.data, result.errors, "mixed")

    async def _plain(
        self,
        document: Document,
        variables: dict[str, Any] | None,
        context: Context,
        fallback: str | None = None,
        why: str | None = None,
    ) -> Ran:
        if fallback is not None:
            self.ran["fallback"] += 1
            log.warning("plan given up", operation=document.name, why=fallback)
        self.ran["plain"] += 1
        result = await self._execute(document, variables, context)
        return Ran(result.data, result.errors, "plain", fallback, why)

    async def _execute(
        self,
        document: Document,
        variables: dict[str, Any] | None,
        context: Context,
        root: Any = None,
    ) -> ExecutionResult:
        result = execute(
            self.schema,
            document.node,
            root_value=root,
            context_value=context,
            variable_values=variables,
            operation_name=document.name,
            executor_class=AroundPlan,
        )
        return await result if isawaitable(result) else result

    def _set_aside(self, context: Context) -> tuple[str, ...]:
        """What failed alone would fail every plan it is part of: leave it out for a while."""
        failed = {field for field in context.failed if self._may_be_planned(field)}
        if not failed:
            return ()
        fields = tuple(sorted(".".join(field) for field in failed))
        log.warning("fields set aside", fields=fields, seconds=AVOID_SECONDS)
        self._avoided |= dict.fromkeys(failed, self._clock() + AVOID_SECONDS)
        return fields

    def _may_be_planned(self, field: Coordinate) -> bool:
        owner: Any = self.schema.type_map[field[0]]
        definition = owner.fields[field[1]].extensions.get("strawberry-definition")
        return isinstance(definition, Declared) or getattr(definition, "is_basic_field", False)
