"""Asks one question both ways, and holds the answers against each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
from graphql.execution.values import VariableValues, get_variable_values
from sqlalchemy import Table

from core.kit.context import Context
from core.kit.db import Base
from core.kit.documents import Documents, NotRunnable
from core.kit.ids import global_id
from core.kit.limits import LIMITS
from gateway.errors import field_error
from gateway.execution import Execution
from gateway.schema import schema_of
from tests.cast import House, Tenant

WIDE = replace(LIMITS, cost=10**9, depth=100, tokens=100_000, selections=100, root_fields=1000)


class Both:
    def __init__(self, house: House, tenant: Tenant) -> None:
        self.house, self.tenant = house, tenant
        self.schema = schema_of(house.modules.only(tenant.modules))._schema
        self.execution = Execution(self.schema)
        self.documents = Documents(self.schema, WIDE)
        self.statements = self.plain_statements = 0
        self.why: str | None = None
        self.data: Any = None

    async def ask(self, text: str, variables: dict[str, Any], may: str = "all") -> tuple[str, Any]:
        """The way that the planned execution took, and the answer of both."""
        try:
            document = self.documents.read(text, None)
        except NotRunnable as error:
            raise AssertionError(f"{error.errors}\n{text}") from error
        values = get_variable_values(
            self.schema, document.operation.variable_definitions or (), variables
        )
        if not isinstance(values, VariableValues):
            return "refused", {"errors": [e.formatted for e in values]}
        plain = await self._run(document, variables, values, may, planned=False)
        self.plain_statements = self.statements
        planned = await self._run(document, variables, values, may, planned=True)
        way = "fallback" if planned[2].fallback else planned[2].way
        assert planned[0] == plain[0], (
            f"{text}\n{variables}\n{may}\n{planned[0].decode()}\n{plain[0].decode()}"
        )
        assert planned[1] == plain[1], f"{text}\n{variables}\n{may}\n{planned[1]}\n{plain[1]}"
        self.why, self.data = planned[2].why, orjson.loads(plain[0])
        if way == "planned":
            # One more looks up what a custom field's key means.
            looks_up = "ustomField" in f"{text}{variables}"
            assert self.statements <= 1 + looks_up, f"{text}\n{variables}"
        return way, {"errors": plain[1]}

    async def _run(
        self, document: Any, variables: Any, values: Any, may: str, *, planned: bool
    ) -> tuple[bytes, set[str], Any]:
        context = Context(
            self.tenant.actor, self._permissions(may), self.house.db, self.house.sessions,
            self.tenant.listeners,
        )  # fmt: skip
        ran = await self.execution.run(document, variables, values, context, planned=planned)
        self.statements = context.statements
        data = orjson.dumps(ran.data)
        answer = {
            "data": orjson.loads(data),
            "errors": [field_error(error) for error in ran.errors or ()],
        }
        return data, errors(answer), ran

    def _permissions(self, may: str) -> frozenset[str]:
        every = self.tenant.permissions
        return {
            "all": every,
            "less": every - {"missions.read", "people.read"},
            "none": frozenset(),
        }[may]


def errors(answer: Any) -> set[str]:
    """The errors as far as the specification defines them.

    Their order isn't; nor, when a null has spread upwards, which of the errors below it is
    reported: that depends on what finished first.
    """
    found = set()
    for error in answer.get("errors", []):
        value, depth = answer.get("data"), 0
        for step in error.get("path", []):
            if value is None:
                break
            value, depth = value[step], depth + 1
        exact = depth == len(error.get("path", []))
        if error.get("extensions", {}).get("code") == "BAD_USER_INPUT":
            # Of several wrong values of one field, the first that is looked at is named.
            error = {"path": error.get("path", []), "code": "BAD_USER_INPUT"}
        found.add(repr(error) if exact else repr(error["path"][:depth]))
    return found


async def some_ids(house: House, tenant: Tenant) -> dict[str, list[str]]:
    """A few global ids of everything that the tenant has."""
    found: dict[str, list[str]] = {}
    for table in Base.metadata.tables.values():
        prefix = table.info.get("prefix")
        if isinstance(table, Table) and prefix and "tenant_id" in table.c:
            rows = await house.owner.fetch(
                f"select id from {table.name} where tenant_id = $1 order by id limit 6", tenant.id
            )
            if rows:
                found[prefix] = [global_id(prefix, row["id"]) for row in rows]
    return found
