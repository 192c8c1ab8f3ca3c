"""Tenants as tests see them: they ask the API, as a client would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import create_async_engine

from core.contacts import services
from core.kit.context import Context
from core.kit.ids import global_id, new_id
from core.kit.limits import LIMITS
from core.kit.modules import Modules
from core.kit.outside import Outside
from core.kit.pool import SERVER_SETTINGS, Database
from core.kit.session import Actor, Channel, Sessions
from core.kit.settings import Settings, asyncpg_dsn, sqlalchemy_url
from gateway.graphql import Gateway, GraphQLRequest
from gateway.modules import load_modules
from gateway.schema import schema_of

#: A test of what is answered is none of how quickly: the machine may be busy with other things.
PATIENCE_S = 120
PATIENT = replace(LIMITS, seconds=PATIENCE_S)


@dataclass
class House:
    """The gateway over the run's database."""

    settings: Settings
    modules: Modules
    db: Database
    sessions: Sessions
    owner: Any
    outside: Outside = field(default_factory=Outside)
    gateways: dict[frozenset[str], Gateway] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, modules: Modules | None = None) -> AsyncIterator[House]:
        engine = create_async_engine(
            sqlalchemy_url(settings.app_database_url, "asyncpg"),
            connect_args={"server_settings": SERVER_SETTINGS},
        )
        owner = await asyncpg.connect(asyncpg_dsn(settings.owner_database_url))
        async with Database.open(
            asyncpg_dsn(settings.app_database_url), size=4, statement_timeout_s=PATIENCE_S
        ) as db:
            house = cls(settings, modules or load_modules(), db, Sessions(engine), owner)
            yield house
        await house.outside.close()
        await owner.close()
        await engine.dispose()

    def gateway(self, modules: frozenset[str]) -> Gateway:
        if modules not in self.gateways:
            schema = schema_of(self.modules.only(modules))._schema
            self.gateways[modules] = Gateway(schema, PATIENT)
        return self.gateways[modules]

    async def tenant(self, modules: frozenset[str] | None = None) -> Tenant:
        """A new tenant with these modules (default: all), and a user who may do everything."""
        names = (modules or self.modules.names) - {"core"}
        key, user = new_id(), new_id()
        slug = f"t-{key.hex[-12:]}"
        await self.owner.execute(
            "insert into core_tenant (id, slug, name, modules) values ($1, $2, $2, $3)",
            key, slug, sorted(names),
        )  # fmt: skip
        await self.owner.execute(
            "insert into core_user (tenant_id, id, login, name) values ($1, $2, $3, 'Camille')",
            key, user, f"camille@{slug}",
        )  # fmt: skip
        permissions = frozenset(self.modules.only(names).permissions)
        return Tenant(self, key, user, slug, frozenset({"core", *names}), permissions)


@dataclass
class Tenant:
    """One tenant, and the user of it who asks."""

    house: House
    id: UUID
    user_id: UUID
    slug: str
    modules: frozenset[str]
    permissions: frozenset[str]
    #: How many statements the last question has cost.
    statements: int = 0

    def without(self, *permissions: str) -> Tenant:
        """The same user, had they fewer permissions."""
        return replace(self, permissions=self.permissions - set(permissions))

    @property
    def actor(self) -> Actor:
        return Actor(self.id, self.user_id, Channel.UI, f"user:{self.user_id}")

    def session(self) -> Any:
        """A transaction, for what the API has no mutation for (jobs, other times)."""
        return self.house.sessions.begin(self.actor, self.listeners)

    @property
    def listeners(self) -> Any:
        return self.house.modules.only(self.modules).listeners

    async def answer(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """The whole answer, errors and all."""
        context = Context(
            self.actor, self.permissions, self.house.db, self.house.sessions, self.listeners,
            self.house.settings, self.house.outside,
        )  # fmt: skip
        request = GraphQLRequest(query, variables, live=True)  # of a subscription: the first
        answer = await self.house.gateway(self.modules).answer(request, context)
        self.statements = context.statements
        found: dict[str, Any] = orjson.loads(answer.body)
        return found

    async def ask(self, query: str, /, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = await self.answer(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def do(self, name: str, returns: str = "", /, **input_: Any) -> Any:
        """Run a mutation that is expected to be done, and return its payload.

        ``do("contactCreate", "contact { id }", name="Dalkia")`` sends the input
        ``{name: "Dalkia"}`` as a ``ContactCreateInput``.
        """
        payload = await self._mutate(name, returns, input_)
        assert payload["userErrors"] == [], payload["userErrors"]
        return payload

    async def refused(self, name: str, /, **input_: Any) -> list[tuple[str, str | None]]:
        """Run a mutation that is expected to be refused: the codes and fields of why."""
        payload = await self._mutate(name, "", input_)
        assert payload["userErrors"] != []
        return [(error["code"], error["field"]) for error in payload["userErrors"]]

    async def group(self, name: str = "Customers") -> str:
        """The id of the contact group of that name, made on first use."""
        async with self.session() as session:
            group = await services.default_group(session, name)
        return global_id("contact_group", group.id)

    async def contact(self, name: str = "Dalkia", **input_: Any) -> str:
        """The id of a new contact, of the group "Customers" unless *input_* names one.

        ``group``, ``parent`` and ``owner`` are short for their ids in the API.
        """
        given = {
            f"{key}Id" if key in ("group", "parent", "owner") else key: value
            for key, value in input_.items()
        }
        given = {"name": name, "groupId": given.get("groupId") or await self.group(), **given}
        payload = await self.do("contactCreate", "contact { id }", **given)
        return str(payload["contact"]["id"])

    async def _mutate(self, name: str, returns: str, input_: dict[str, Any]) -> Any:
        type_ = name[0].upper() + name[1:] + "Input"
        text = (
            f"mutation($input: {type_}!) {{ {name}(input: $input) "
            f"{{ userErrors {{ code field message }} warnings {{ code field }} {returns} }} }}"
        )
        return (await self.ask(text, input=input_))[name]
