"""A plan, ready to run: one statement, and a function from its rows to the data."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Literal

from graphql.execution.values import VariableValues

from core.kit.arguments import Args, Parameters
from core.kit.context import Context
from core.kit.db import Statement, is_given
from core.kit.pool import PlanMode
from core.kit.relation import Relation

#: What reads the arguments of a field from the variables.
Slot = Callable[[VariableValues], Args]
#: How the statement's rows make the only row that is built from: they are its only value, as a
#: list or as one row, or it is there itself.
Rows = Literal["many", "one", "whole"]


class Plan:
    """One statement, and a function from its only row to the data.

    *closed* says that the data is the whole answer; otherwise it is the root value around
    which graphql-core runs the fields that only it can.
    """

    def __init__(
        self,
        statement: Statement,
        parameters: Parameters,
        slots: list[Slot],
        build: Callable[[Any, list[Args]], Any],
        *,
        closed: bool,
        mode: PlanMode,
        checks: Sequence[tuple[Relation, Args, int | None]],
        rows: Rows,
        report: dict[str, str],
    ) -> None:
        self.text = statement.text
        self.closed = closed
        #: For each field by its path: ``planned``, ``python``, or ``plain`` and why.
        self.report = report
        self._build = build
        self._slots = slots
        self.mode = mode
        #: Lists whose arguments only the tenant's data can tell to be right.
        self._checks = checks
        self._rows = rows
        known = {**statement.constants, **parameters.values}
        #: For each parameter, in order: how to read it, or its value if it never changes.
        self._values = [
            (parameters.readers.get(name), known.get(name), name if is_given(name) else None)
            for name in statement.names
        ]
        #: What no parameter needs, such as the cursor of a page of which only the total is
        #: asked for: read all the same, as it may be wrong.
        self._unused = [
            reader for name, reader in parameters.readers.items() if name not in statement.names
        ]

    async def run(self, context: Context, variables: VariableValues) -> Any:
        args = [read(variables) for read in self._slots]
        values = [
            context.given(given) if given else reader[1](args[reader[0]]) if reader else value
            for reader, value, given in self._values
        ]
        for slot, read in self._unused:
            read(args[slot])
        if self._checks:
            await asyncio.gather(
                *(
                    r.check(given if at is None else args[at], context)
                    for r, given, at in self._checks
                )
            )
        rows = await context.fetch(self.text, values, mode=self.mode)
        if self._rows == "many":
            return self._build((rows,), args)
        if self._rows == "one":
            return self._build((rows[0] if rows else None,), args)
        return self._build(rows[0], args)
