"""The toy application, and what is logged while it answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import structlog

from tests.gateway.toy import Toy, make_toy


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs(
        processors=[structlog.contextvars.merge_contextvars]
    ) as entries:
        yield entries


@pytest.fixture
async def toy(logged: list[Any]) -> AsyncIterator[Toy]:
    toy = make_toy()
    async with toy.asked:
        yield toy
