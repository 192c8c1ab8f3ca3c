"""Mutations asked for twice under one key: done once, answered twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from core.kit.errors import Refused
from core.kit.session import TenantSession
from core.kit.tables import IdempotencyKey

KEPT = timedelta(hours=24)
MAX_LENGTH = 255


async def begin(session: TenantSession, key: str, request: str) -> dict[str, Any] | None:
    """Claim *key* for this transaction, or give the answer that it already has.

    A twin in flight holds the row: this waits until it has committed or given up.
    """
    if not 1 <= len(key) <= MAX_LENGTH:
        raise Refused(
            "INVALID_IDEMPOTENCY_KEY",
            f"The key has {len(key)} characters; it must have 1 to {MAX_LENGTH}.",
            "idempotencyKey",
        )
    mine = {"tenant_id": session.tenant_id, "caller": session.actor.name, "key": key}
    await session.execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.caller == session.actor.name,
            IdempotencyKey.key == key,
            IdempotencyKey.at < session.now - KEPT,
        )
    )
    claimed = await session.execute(
        insert(IdempotencyKey)
        .values(**mine, request=request, at=session.now)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    )
    if claimed.scalar_one_or_none() is not None:
        return None
    earlier = await session.scalar(
        select(IdempotencyKey).where(
            IdempotencyKey.caller == session.actor.name, IdempotencyKey.key == key
        )
    )
    if earlier is None or earlier.answer is None:
        raise Refused("IDEMPOTENCY_KEY_IN_USE", f"'{key}' is in use; try again.", "idempotencyKey")
    if earlier.request != request:
        raise Refused(
            "IDEMPOTENCY_KEY_REUSED",
            f"'{key}' was used for another request; take a new key.",
            "idempotencyKey",
        )
    return earlier.answer


async def finish(session: TenantSession, key: str, answer: dict[str, Any]) -> None:
    await session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.caller == session.actor.name, IdempotencyKey.key == key)
        .values(answer=answer)
    )
