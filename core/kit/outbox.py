"""Delivers what the outbox holds: each entry at least once, and what its handler writes once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core.kit.errors import ModuleError
from core.kit.session import Actor, TenantSession
from core.kit.tables import OutboxEntry

#: So often an entry is tried, over about eleven hours; then it is dead and stays to be looked at.
MOST_ATTEMPTS = 10
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=6)
VANISHED = "The process that delivered it ended before it was done."


@dataclass(frozen=True, slots=True)
class Delivery:
    """An entry that is being tried."""

    entry: UUID
    listener: str
    event: dict[str, Any]
    attempt: int

    def actor(self, tenant: UUID) -> Actor:
        """Who its handler writes as; the name is the same at each attempt, so it is the key by

        which the world outside tells a second delivery from a second event.
        """
        return Actor(tenant, name=f"outbox:{self.entry}")


def pause(attempt: int) -> timedelta:
    """How long to wait for the next attempt: 5 s, 15 s, 45 s … 6 h."""
    return min(FIRST_PAUSE * 3.0 ** (attempt - 1), LONGEST_PAUSE)


async def take(session: TenantSession) -> Delivery | None:
    """Count an attempt at the next entry that is due, and put its next one off.

    Commit before delivering: an attempt that kills the process must count, too.
    """
    while (entry := await session.scalar(_due())) is not None:
        if entry.attempts < MOST_ATTEMPTS:
            entry.attempts += 1
            entry.next_at = func.now() + pause(entry.attempts)
            return Delivery(entry.id, entry.listener, entry.event, entry.attempts)
        _bury(entry, VANISHED)
        await session.flush()
    return None


@dataclass(frozen=True, slots=True)
class Done:
    """What an errand was, and what came of it."""

    asked: Any
    answer: Any


async def deliver(session: TenantSession, delivery: Delivery, done: Done | None = None) -> None:
    """Let the listener handle it, in the transaction that marks it as delivered.

    Of an errand, it settles what is *done*; None: there was nothing to do.
    """
    entry = await _held(session, delivery.entry)
    if entry is None:
        return  # Another process was faster.
    listener = session.listeners.by_key.get(delivery.listener)
    if listener is None:
        raise ModuleError(f"No module listens as '{delivery.listener}'.")
    if listener.after_commit is not None:
        await listener.after_commit(session, delivery.event)
    elif listener.errand is not None and done is not None:
        await listener.errand.settle(session, done.asked, done.answer)
    entry.delivered_at, entry.error = session.now, None


async def note_failure(session: TenantSession, delivery: Delivery, error: str) -> None:
    """Write down why an attempt failed; the last one buries the entry."""
    entry = await _held(session, delivery.entry)
    if entry is not None and entry.attempts == delivery.attempt:
        entry.error = error
        if entry.attempts >= MOST_ATTEMPTS:
            _bury(entry, error)


def _bury(entry: OutboxEntry, error: str) -> None:
    entry.dead_at, entry.error = func.now(), entry.error or error


def _due() -> Any:
    waiting = select(OutboxEntry).where(
        OutboxEntry.delivered_at.is_(None),
        OutboxEntry.dead_at.is_(None),
        OutboxEntry.next_at <= func.now(),
    )
    in_order = waiting.order_by(OutboxEntry.next_at, OutboxEntry.id).limit(1)
    return in_order.with_for_update(skip_locked=True)


async def _held(session: TenantSession, entry: UUID) -> OutboxEntry | None:
    statement = select(OutboxEntry).where(
        OutboxEntry.id == entry, OutboxEntry.delivered_at.is_(None), OutboxEntry.dead_at.is_(None)
    )
    found: OutboxEntry | None = await session.scalar(statement.with_for_update(skip_locked=True))
    return found
