"""What happens: facts that modules tell each other, inside the transaction that made them true."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from core.kit.errors import ModuleError

if TYPE_CHECKING:
    from core.kit.modules import Modules
    from core.kit.outside import Outside
    from core.kit.session import TenantSession
    from core.kit.settings import Settings

#: Every kind of event there is, by name. A listener may only name one of these.
KINDS: dict[str, type[Event]] = {}


@dataclass(frozen=True)
class Event:
    """Base of all events: ``class MissionCompleted(Event, name="missions.mission_completed")``.

    The fields are plain values (UUID, str, int, bool, date, datetime, Decimal, None), so that a
    listener of another module needs the name only, and the outbox can carry it.
    """

    name: ClassVar[str] = ""

    def __init_subclass__(cls, name: str, **options: Any) -> None:
        super().__init_subclass__(**options)
        if name in KINDS and KINDS[name].__qualname__ != cls.__qualname__:
            raise ModuleError(f"Two events are called '{name}'.")
        cls.name = name
        KINDS[name] = cls

    def values(self) -> dict[str, Any]:
        return asdict(self)


Handler = Callable[["TenantSession", Event], Awaitable[None]]
LateHandler = Callable[["TenantSession", dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Outing:
    """What an errand has with it: no session, as it may take its time."""

    tenant: UUID
    modules: Modules
    settings: Settings
    outside: Outside


@dataclass(frozen=True)
class Errand:
    """Something done outside of the database about an event, after the commit.

    *prepare* says in one transaction what is to be done (None: nothing), *go* does it while no
    connection is held, *settle* writes in another what came of it. At least once; that *settle*'s
    writes are there once is the outbox's care.
    """

    prepare: Callable[[TenantSession, dict[str, Any]], Awaitable[Any]]
    go: Callable[[Outing, Any], Awaitable[Any]]
    settle: Callable[[TenantSession, Any, Any], Awaitable[None]]


@dataclass(frozen=True)
class Listener:
    """What a module does about an event: at once, in the same transaction, or after the commit.

    After the commit the handler is given the event's fields as JSON values and runs in a
    transaction of its own, at least once; that its writes are there once is the outbox's care.
    """

    event: str
    at_once: Handler | None = None
    after_commit: LateHandler | None = None
    errand: Errand | None = None

    @property
    def key(self) -> str:
        """What names this listener in the outbox, over restarts and releases."""
        handler: Any = self.at_once or self.after_commit or (self.errand and self.errand.settle)
        assert handler is not None
        return f"{self.event}>{handler.__module__}.{handler.__qualname__}"


def on(event: str, handler: Handler) -> Listener:
    """Run *handler* in the transaction that tells *event*; if it fails, nothing is written."""
    return Listener(event, at_once=handler)


def after(event: str, handler: LateHandler) -> Listener:
    """Run *handler* once the transaction that tells *event* is committed, by way of the outbox."""
    return Listener(event, after_commit=handler)


def errand(
    event: str,
    prepare: Callable[[TenantSession, dict[str, Any]], Awaitable[Any]],
    go: Callable[[Outing, Any], Awaitable[Any]],
    settle: Callable[[TenantSession, Any, Any], Awaitable[None]],
) -> Listener:
    """Do something outside once *event* is committed, without a connection meanwhile."""
    return Listener(event, errand=Errand(prepare, go, settle))


class Listeners:
    """The listeners of one set of modules."""

    def __init__(self, listeners: Iterable[Listener] = ()) -> None:
        self._at_once: dict[str, list[Handler]] = {}
        self._late: dict[str, list[Listener]] = {}
        self.by_key: dict[str, Listener] = {}
        for listener in listeners:
            if listener.event not in KINDS:
                raise ModuleError(f"A module listens to '{listener.event}', which nobody tells.")
            if listener.at_once is not None:
                self._at_once.setdefault(listener.event, []).append(listener.at_once)
            else:
                self._late.setdefault(listener.event, []).append(listener)
                self.by_key[listener.key] = listener

    def at_once(self, event: Event) -> list[Handler]:
        return self._at_once.get(event.name, [])

    def late(self, event: Event) -> list[Listener]:
        return self._late.get(event.name, [])
