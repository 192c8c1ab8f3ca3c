"""The gateways of a process: one for each set of modules that some tenant has switched on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from core.kit.limits import LIMITS, Limits
from core.kit.modules import Modules
from core.kit.thread import spare
from gateway.graphql import Gateway
from gateway.schema import schema_of

Names = frozenset[str]


class Gateways:
    """Builds each gateway once, in a thread: it takes a while, and others are being served."""

    def __init__(self, modules: Modules, limits: Limits = LIMITS) -> None:
        self._modules = modules
        self._limits = limits
        self._sets: dict[Names, Modules] = {}
        self._building: dict[Names, asyncio.Future[Gateway]] = {}
        self._ready: dict[Names, Gateway] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="schema")

    def modules(self, names: Iterable[str]) -> Modules:
        """The installed ones of the modules *names*, and core."""
        if isinstance(names, frozenset) and names in self._sets:
            return self._sets[names]
        wanted = self._modules.names & {"core", *names}
        if wanted not in self._sets:
            self._sets[wanted] = self._modules.only(wanted)
        return self._sets[wanted]

    def of(self, names: Names) -> Gateway:
        """The gateway of a set of modules that was made ready."""
        return self._ready[names]

    async def make_ready(self, names: Names) -> None:
        if names in self._ready:
            return
        if names not in self._building:
            loop = asyncio.get_running_loop()
            modules = self.modules(names)
            self._building[names] = loop.run_in_executor(self._thread, self._build, modules)
        # Shielded: others may wait for it too, and the next who asks will.
        self._ready[names] = await asyncio.shield(self._building[names])

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _build(self, modules: Modules) -> Gateway:
        made = Gateway(schema_of(modules)._schema, self._limits)
        spare()  # a schema is thousands of objects, and kept
        return made
