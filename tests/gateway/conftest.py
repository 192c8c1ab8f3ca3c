"""The toy application, what is logged while it answers, and visitors of the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import count
from typing import Any

import pytest
import pytest_asyncio
import structlog
from starlette.applications import Starlette

from core.kit.settings import Settings
from core.tenancy import services
from gateway.app import create_app
from tests.cast import Tenant
from tests.gateway.toy import Toy, make_toy
from tests.gateway.visitors import PASSWORD, Client, client_of


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


_addresses = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(settings: Settings) -> AsyncIterator[Starlette]:
    opened = create_app(settings)
    async with opened.router.lifespan_context(opened):
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def client(app: Starlette) -> Client:
    return client_of(app, f"10.0.0.{next(_addresses)}")


@pytest_asyncio.fixture(loop_scope="session")
async def ada(tenant: Tenant) -> str:
    """The login of the tenant's administrator."""
    login = f"ada@{tenant.slug}.fr"
    async with tenant.session() as session:
        await services.create_administrator(session, login=login, name="Ada", password=PASSWORD)
    return login
