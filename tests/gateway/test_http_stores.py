"""What a request that is given up leaves in the database: nothing that runs."""

from __future__ import annotations

import asyncio

import orjson
import strawberry
from aiodataloader import DataLoader
from sqlalchemy import text

from core.kit.context import Context, Info
from core.kit.limits import Limits
from gateway.graphql import Gateway, GraphQLRequest
from tests.cast import House, Tenant

SLEEPING = (
    "select count(*) from pg_stat_activity where query = 'select pg_sleep(30)' and state = 'active'"
)


@strawberry.type
class Query:
    @strawberry.field
    async def slow(self, info: Info) -> int | None:
        async def load(keys: list[int]) -> list[int]:
            await info.context.fetch("select pg_sleep(30)", ())
            return keys

        loaded: int = await info.context.loader("slow", lambda: DataLoader(load)).load(1)
        return loaded


async def test_a_request_that_is_given_up_cancels_the_statements_of_its_loaders(
    house: House, tenant: Tenant
) -> None:
    gateway = Gateway(strawberry.Schema(Query)._schema, Limits(seconds=0.3))
    context = Context(tenant.actor, tenant.permissions, house.db, house.sessions, tenant.listeners)

    asked = asyncio.create_task(gateway.answer(GraphQLRequest("{ slow }"), context))
    await asyncio.sleep(0.2)
    during = await house.owner.fetchval(SLEEPING)
    answer = await asked
    await asyncio.sleep(0.2)
    after = await house.owner.fetchval(SLEEPING)

    assert (answer.status, answer.outcome) == (504, "timeout")
    assert (during, after) == (1, 0)


async def test_a_statement_over_its_own_time_limit_is_a_timeout_at_its_field(
    house: House, tenant: Tenant
) -> None:
    @strawberry.type
    class Short:
        @strawberry.field
        async def slow(self, info: Info) -> int | None:
            async with info.context.session() as session:
                await session.execute(text("set local statement_timeout = 50"))
                await session.execute(text("select pg_sleep(30)"))
            return 1

    gateway = Gateway(strawberry.Schema(Short)._schema)
    context = Context(tenant.actor, tenant.permissions, house.db, house.sessions, tenant.listeners)

    answer = await gateway.answer(GraphQLRequest("{ slow __typename }"), context)

    assert orjson.loads(answer.body) == {
        "data": {"slow": None, "__typename": "Short"},
        "errors": [
            {
                "message": "This took too long and was stopped. Ask for less.",
                "locations": [{"line": 1, "column": 3}],
                "path": ["slow"],
                "extensions": {"code": "TIMEOUT"},
            }
        ],
    }
