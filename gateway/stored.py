"""Stored documents while serving: found by hash, demanded of some callers, planned at start."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import asyncpg
import structlog

from core.documents.lookups import Example, examples, granted, tenants, text_of
from core.documents.rules import digest_of
from core.kit.errors import GatewayError, ModuleError
from core.kit.pool import Database
from core.tenancy.rules import effective
from gateway.endpoint.reading import NotRun
from gateway.gateways import Gateways
from gateway.graphql import Gateway, GraphQLRequest

log = structlog.get_logger(__name__)
BELIEVED_SECONDS = 30
MOST_KNOWN = 4096
MOST_CHARACTERS = 16_000_000
#: Planned at start for each tenant at most: documents, and sets of permissions for each.
MOST_PLANNED, MOST_SETS = 200, 8
#: Plans made at start for one set of modules: half of what is kept.
MOST_PLANS = 1000

NOT_FOUND = "There is no stored document of this hash; send its text."
#: Says nothing of the schema, whatever was sent.
FORBIDDEN = "You may run stored documents only."

Key = tuple[UUID, str]


class StoredDocuments:
    """The texts that tenants have stored: looked up, then believed for half a minute.

    What is removed in this process is forgotten at once, in others when the time is over. What
    is not there is not remembered: a document may be run as soon as it is stored.
    """

    def __init__(self, db: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._known: OrderedDict[Key, tuple[str, float]] = OrderedDict()
        self._characters = 0
        #: Counts what was forgotten: a look-up that began before is not to be believed later.
        self._forgotten = 0

    def __len__(self) -> int:
        return len(self._known)

    async def settle(self, asked: GraphQLRequest, tenant: UUID, *, only: bool) -> GraphQLRequest:
        """*asked* with its text; raises :class:`NotRun` unless it may be run.

        *only* says that the caller may run nothing but stored documents.
        """
        if asked.query is None:
            assert asked.digest is not None, "a request has a text or a hash"
            text = await self.text(tenant, asked.digest)
            if text is None:
                raise NotRun(400, NOT_FOUND, "PERSISTED_QUERY_NOT_FOUND")
            return replace(asked, query=text)
        if only and await self.text(tenant, digest_of(asked.query)) is None:
            raise NotRun(403, FORBIDDEN, "FORBIDDEN")
        return asked

    async def text(self, tenant: UUID, digest: str) -> str | None:
        """The text that *tenant* has stored under *digest*."""
        key = (tenant, digest)
        known = self._known.get(key)
        if known is not None and known[1] > self._clock():
            self._known.move_to_end(key)
            return known[0]
        began = self._forgotten
        until = self._clock() + BELIEVED_SECONDS
        text = await text_of(self._db, tenant, digest)
        self._drop(key)
        if text is not None and began == self._forgotten:
            self._remember(key, text, until)
        return text

    def forget(self, tenant: UUID) -> None:
        """Look the documents of *tenant* up anew."""
        self._forgotten += 1
        for key in [key for key in self._known if key[0] == tenant]:
            self._drop(key)

    def _remember(self, key: Key, text: str, until: float) -> None:
        self._known[key] = (text, until)
        self._characters += len(text)
        while len(self._known) > MOST_KNOWN or self._characters > MOST_CHARACTERS:
            self._drop(next(iter(self._known)))

    def _drop(self, key: Key) -> None:
        known = self._known.pop(key, None)
        if known is not None:
            self._characters -= len(known[0])


class Planning:
    """Plans what is stored before anybody asks, one document at a time, beside serving."""

    def __init__(self, db: Database, gateways: Gateways) -> None:
        self._db = db
        self._gateways = gateways
        self._made: Counter[Gateway] = Counter()

    @property
    def planned(self) -> int:
        """How many plans were made."""
        return self._made.total()

    async def run(self) -> None:
        """Plan the documents of all tenants; what fails is logged, and met again by who asks."""
        try:
            for tenant, names in await tenants(self._db):
                await self._plan_all_of(tenant, names)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, GatewayError, OSError) as error:
            log.warning("stored documents were not planned", error=str(error))
        if self.planned:
            log.info("stored documents planned", plans=self.planned)

    async def _plan_all_of(self, tenant: UUID, names: list[str]) -> None:
        stored = await examples(self._db, tenant, MOST_PLANNED)
        if not stored:
            return
        modules = self._gateways.modules(names)
        try:
            await self._gateways.make_ready(modules.names)
        except ModuleError:
            return  # these tenants can't be served; whoever built the schema has said so
        known = frozenset(modules.permissions)
        sets = await granted(self._db, tenant, MOST_SETS)
        callers = dict.fromkeys(effective(each, known) for each in sets)
        for example in stored:
            for permissions in callers:
                await self._plan(self._gateways.of(modules.names), example, permissions)

    async def _plan(self, gateway: Gateway, example: Example, permissions: frozenset[str]) -> None:
        if self._made[gateway] < MOST_PLANS:
            self._made[gateway] += await gateway.prepare(
                example.text, example.variables, permissions
            )
