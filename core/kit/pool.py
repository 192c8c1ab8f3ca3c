"""The one way to read: SQL text on a raw asyncpg connection that sees one tenant."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

import asyncpg
from asyncpg import exceptions

from core.kit.errors import Busy

#: Whether PostgreSQL plans a statement once, as it thinks best, or for its values each time.
#: Once is best for what asks by keys, in the order of an index: of a tenant that is not in the
#: statistics yet, PostgreSQL believes that it has no rows, and takes any index for as good.
PlanMode = Literal["force_generic_plan", "auto", "force_custom_plan"]
#: So many kilobytes of an index of words wait to be put in their places, unless it says so itself.
#: What waits is read through by each search: little, so that none is slow.
PENDING_KB = "256"
#: How each connection that serves begins; what a plan reads as text is written so.
SERVER_SETTINGS = {
    "timezone": "UTC",
    "datestyle": "ISO",
    "extra_float_digits": "1",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    "gin_pending_list_limit": PENDING_KB,
}
#: The tenant that row-level security lets see its rows, and how to plan.
Settings = tuple[UUID, PlanMode]
_SET_BOTH = "select set_config('app.tenant', $1, false), set_config('plan_cache_mode', $2, false)"
#: Of prepared statements on each connection. The server keeps a plan for each: 0.8 MB of memory
#: for one of 8,000 characters, 3.3 MB for one of 24,000.
PREPARED = 256
#: A larger statement is prepared anew each time.
PREPARED_CHARACTERS = 40_000
#: How long a connection may take to end a statement that was given up, before it is closed.
RELEASE_SECONDS = 5.0


#: Said by the server of a value that was sent. (Others of its class are of what was computed.)
_OF_VALUES = (
    exceptions.CharacterNotInRepertoireError,
    exceptions.DatetimeFieldOverflowError,
    exceptions.InvalidBinaryRepresentationError,
    exceptions.UntranslatableCharacterError,
)


def is_wrong_value(error: BaseException | None) -> bool:
    """Whether a statement failed because a value sent with it can't be kept at all."""
    # The driver itself says DataError, and none of its kinds, when it can't send a value.
    return type(error) is exceptions.DataError or isinstance(error, _OF_VALUES)


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """Remembers for which tenant row-level security is set, to set it only when it changes."""

    __slots__ = ("settings",)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.settings: Settings | None = None

    async def fetch_as(self, settings: Settings, text: str, values: Sequence[Any]) -> list[Any]:
        """The rows of a statement, with *settings*, which are sent along if they are others."""
        rows: list[Any] | None = None
        if self.settings == settings:
            rows = await self._fetch_at_once(text, values)
        else:
            self.settings = None  # stays so when a line below fails or is cancelled
            rows = await self._fetch_at_once(text, values, _setting(settings))
            if rows is None:
                await self.fetchval(_SET_BOTH, str(settings[0]), settings[1])
            self.settings = settings
        if rows is None:
            rows = await self.fetch(text, *values)
        return rows

    async def _fetch_at_once(
        self, text: str, values: Sequence[Any], before: bytes = b""
    ) -> list[Any] | None:
        """The rows of a statement that is prepared, or None: without the driver's layers, which
        take as long as sending it.

        What sets the tenant is sent *before* it without waiting for an answer, so that to switch
        to another costs no round trip. Both are one transaction: if the statement fails, nothing
        has been set.
        """
        protocol: Any = self._protocol
        prepared = self._stmt_cache.get((text, protocol.get_record_class(), False))
        if prepared is None:
            return None
        sent = protocol.queries_count
        if before:
            self._transport.write(before)
        try:
            found: list[Any] = (await protocol.bind_execute(prepared, values, "", 0, True, None))[0]
        except (exceptions.InvalidCachedStatementError, exceptions.OutdatedSchemaCacheError):
            return None  # a migration has changed a table: the driver knows what to do
        except BaseException:
            if before and protocol.queries_count == sent:
                # A value was wrong, and what the server waits for will not come.
                self.terminate()
            raise
        return found


class _Share:
    """What one tenant holds of the pool, and how many of its statements wait for that."""

    __slots__ = ("free", "users")

    def __init__(self, most: int) -> None:
        self.free = asyncio.Semaphore(most)
        self.users = 0


class Database:
    """A pool whose connections see one tenant at a time.

    The tenant is a session setting, compared at each checkout: a connection that served the
    same tenant last needs no extra round trip. Nothing but this class may write to it, which
    is why raw connections are never handed out.

    One tenant never has the whole pool: a quarter is left to the others, however slow it is.
    """

    def __init__(self, pool: asyncpg.Pool, patience_s: float = 5) -> None:
        self._pool = pool
        self._patience_s = patience_s
        size = pool.get_max_size()
        self._most = max(1, size - max(1, size // 4))
        self._shares: dict[UUID, _Share] = {}
        #: Connections that nobody uses. They are the pool's, but lent and returned without it,
        #: which takes a task each time: a tenth of what a request costs.
        self._idle: list[Any] = []
        self._waiting = 0
        self.statements = 0

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        dsn: str,
        *,
        size: int = 8,
        statement_timeout_s: float = 10,
        patience_s: float = 5,
    ) -> AsyncIterator[Database]:
        """Connect as the application role; refuse a role that row-level security doesn't bind."""
        async with asyncpg.create_pool(
            dsn,
            min_size=min(size, 2),
            max_size=size,
            connection_class=_Connection,
            statement_cache_size=PREPARED,
            max_cacheable_statement_size=PREPARED_CHARACTERS,
            # They are as good after five minutes, and take 20 ms to be planned anew.
            max_cached_statement_lifetime=0,
            init=_learn_nesting,
            reset=_keep_settings,
            command_timeout=statement_timeout_s + 2,
            server_settings={
                **SERVER_SETTINGS,
                "statement_timeout": str(int(statement_timeout_s * 1000)),
                "application_name": "fieldgate",
            },
        ) as pool:
            await _refuse_powerful(pool)
            database = cls(pool, patience_s)
            try:
                yield database
            finally:
                await database._return_idle()

    async def fetch(
        self,
        tenant: UUID,
        text: str,
        values: Sequence[Any],
        *,
        mode: PlanMode = "force_generic_plan",
    ) -> list[asyncpg.Record]:
        """Run one statement; raise :class:`Busy` if no connection is free in time."""
        share = self._shares.get(tenant)
        if share is None:
            share = self._shares[tenant] = _Share(self._most)
        share.users += 1
        try:
            return await self._fetch(share, tenant, text, values, mode)
        finally:
            share.users -= 1
            if not share.users:
                del self._shares[tenant]

    async def _fetch(
        self, share: _Share, tenant: UUID, text: str, values: Sequence[Any], mode: PlanMode
    ) -> list[asyncpg.Record]:
        settings = tenant, mode
        connection = await self._take(share, settings)
        is_clean = False
        try:
            self.statements += 1
            rows: list[asyncpg.Record] = await connection._con.fetch_as(settings, text, values)
            is_clean = True
            return rows
        finally:
            try:
                await self._give_back(connection, is_clean)
            finally:
                share.free.release()

    async def _take(self, share: _Share, settings: Settings) -> Any:
        """A connection, which is of the tenant's *share*."""
        if not share.free.locked() and (idle := self._pop_idle(settings)) is not None:
            await share.free.acquire()  # at once, as it isn't locked
            return idle
        try:
            async with asyncio.timeout(self._patience_s):
                await share.free.acquire()
                try:
                    return self._pop_idle() or await self._wait()
                except BaseException:
                    share.free.release()
                    raise
        except TimeoutError:
            raise Busy from None

    async def _wait(self) -> Any:
        self._waiting += 1
        try:
            return await self._pool.acquire()
        finally:
            self._waiting -= 1

    def _pop_idle(self, settings: Settings | None = None) -> Any:
        """A connection that nobody uses: if there is one, the last that had these *settings*."""
        while self._idle:
            connection = self._idle.pop(self._last_with(settings))
            raw = connection._con
            if raw is None:
                continue  # it was closed, and the pool has noticed
            if not raw.is_closed():
                return connection
            raw.terminate()  # tells the pool, which makes another when one is wanted
        return None

    def _last_with(self, settings: Settings | None) -> int:
        idle = self._idle
        for index in range(len(idle) - 1, -1, -1):
            raw = idle[index]._con
            if raw is None or raw.settings == settings:
                return index
        return -1

    async def _give_back(self, connection: Any, is_clean: bool) -> None:
        """Keep *connection* for the next, unless somebody waits or a statement was given up."""
        if is_clean and not self._waiting:
            self._idle.append(connection)
        else:
            await self._pool.release(connection, timeout=RELEASE_SECONDS)

    async def _return_idle(self) -> None:
        while (connection := self._pop_idle()) is not None:
            await self._pool.release(connection, timeout=RELEASE_SECONDS)

    async def ping(self) -> None:
        connection = self._pop_idle() or await self._wait()
        is_clean = False
        try:
            await connection.fetchval("select 1")
            is_clean = True
        finally:
            await self._give_back(connection, is_clean)


@lru_cache(maxsize=4096)
def _setting(settings: Settings) -> bytes:
    """What sets *settings*, as the protocol has it: ``parse``, ``bind`` and ``execute`` of a
    statement each, both without a name."""
    tenant, mode = settings
    return b"".join(
        _message(b"P", b"\0" + f"set {name} to '{value}'".encode() + b"\0\0\0")
        + _message(b"B", b"\0\0" + b"\0\0" * 3)
        + _message(b"E", b"\0" + b"\0" * 4)
        for name, value in (("app.tenant", str(tenant)), ("plan_cache_mode", mode))
    )


def _message(kind: bytes, content: bytes) -> bytes:
    return kind + (len(content) + 4).to_bytes(4) + content


async def _refuse_powerful(pool: asyncpg.Pool) -> None:
    powerful = await pool.fetchval(
        "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
    )
    if powerful:
        raise RuntimeError(
            "The database role of the gateway is a superuser or may bypass row-level security. "
            "Serve with the application role that 'fieldgate migrate' creates."
        )


async def _keep_settings(_connection: asyncpg.Connection) -> None:
    """Replace asyncpg's reset, a round trip at each release; ``fetch_as`` checks instead."""


async def _learn_nesting(connection: asyncpg.Connection) -> None:
    """Make asyncpg read arrays inside a record: of records and of numbers it only can once it has
    met the type."""
    await connection.fetchval("select array[row(1)], array[1]")
