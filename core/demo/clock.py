"""How a story is told in the past."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from core.kit.session import TenantSession


@contextmanager
def at(session: TenantSession, then: datetime) -> Iterator[None]:
    """What is flushed in the block is stamped as if it were *then*."""
    now = session.now
    session.now = session.sync_session.info["now"] = then
    try:
        yield
    finally:
        session.now = session.sync_session.info["now"] = now
