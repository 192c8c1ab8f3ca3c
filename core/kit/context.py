"""What a resolver knows: for which tenant, with which permissions, and how to load things."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import strawberry
from aiodataloader import DataLoader

from core.kit.db import CALLER, MAY, TENANT
from core.kit.errors import Forbidden
from core.kit.events import Listeners
from core.kit.outside import Outside
from core.kit.pool import Database, PlanMode
from core.kit.session import Actor, Sessions, TenantSession
from core.kit.settings import Settings, get_settings

#: A field of a type: ``("Contact", "missions")``.
Coordinate = tuple[str, str]

L = TypeVar("L", bound=DataLoader[Any, Any])
#: What aiodataloader lacks a default of: more keys than this go in several statements.
MAX_BATCH = 500


@dataclass(slots=True)
class Context:
    actor: Actor
    permissions: frozenset[str]
    db: Database
    sessions: Sessions
    listeners: Listeners
    settings: Settings = field(default_factory=get_settings)
    outside: Outside = field(default_factory=Outside)
    #: How many statements this request has sent.
    statements: int = 0
    #: The fields that failed with anything but an error meant for the caller.
    failed: set[Coordinate] = field(default_factory=set)
    _loaders: dict[Hashable, DataLoader[Any, Any]] = field(default_factory=dict)
    #: What loads right now, in tasks that cancelling the request's own would not reach.
    _loading: set[asyncio.Task[Any]] = field(default_factory=set)
    _stopped: bool = False

    @property
    def tenant(self) -> UUID:
        return self.actor.tenant_id

    def given(self, name: str) -> Any:
        """What a statement knows of the caller, by the name of its parameter."""
        if name == TENANT.key:
            return self.tenant
        return self.actor.name if name == CALLER.key else MAY[name] in self.permissions

    def session(self) -> AbstractAsyncContextManager[TenantSession]:
        """A transaction to write in."""
        return self.sessions.begin(self.actor, self.listeners)

    async def fetch(
        self, text: str, values: Any, *, mode: PlanMode = "force_generic_plan"
    ) -> list[Any]:
        """The rows of one statement, seen as this tenant."""
        self.statements += 1
        return await self.db.fetch(self.tenant, text, values, mode=mode)

    def loader(self, key: Hashable, make: Callable[[], L]) -> L:
        """This request's only loader called *key*, made with *make* at first."""
        if key not in self._loaders:
            loader = self._loaders[key] = make()
            loader.batch_load_fn = self._stoppable(loader.batch_load_fn)
        return self._loaders[key]  # type: ignore[return-value]

    def forget(self) -> None:
        """Drop what was loaded: something was written."""
        self._loaders.clear()

    def stop(self) -> None:
        """Cancel what is being loaded, statements included: the request is over."""
        self._stopped = True
        for task in self._loading:
            task.cancel()
        self._loaders.clear()  # they know this context, and would be garbage only together

    def _stoppable(self, load: Callable[[list[Any]], Awaitable[list[Any]]]) -> Any:
        async def loading(keys: list[Any]) -> list[Any]:
            if self._stopped:
                raise asyncio.CancelledError
            task = asyncio.current_task()
            assert task is not None  # a coroutine runs in one
            self._loading.add(task)
            try:
                return await load(keys)
            finally:
                self._loading.discard(task)

        return loading

    def demand(self, *permissions: str) -> None:
        """Raise :class:`Forbidden` unless the caller has all *permissions*."""
        for permission in permissions:
            if permission not in self.permissions:
                raise Forbidden(permission)


Info = strawberry.Info[Context, None]
