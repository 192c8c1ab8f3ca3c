"""The cast: one real database for the run, and fresh tenants for each test."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from core.kit.settings import Settings
from tests.cast import House, Tenant
from tests.importing import Importing, Site
from tests.kit.whose import Overhearing, overhearing

# A third party's module, installed as far as Python can tell: its metadata is there to be found.
sys.path.insert(0, str(Path(__file__).parent / "example_module"))

# The tests start some fifty processes: each finds what the first has compiled.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(scope="session")
def overheard() -> Iterator[Overhearing]:
    with overhearing() as heard:
        yield heard


@pytest.fixture(autouse=True)
def every_statement_says_whose_rows_it_is_about(overheard: Overhearing) -> Iterator[None]:
    """The test that sends one first that doesn't is the one that fails."""
    yield
    assert overheard.told() == []


@pytest.fixture(scope="session")
def settings() -> Iterator[Settings]:
    """A migrated, empty database of this run."""
    from gateway import embedded
    from gateway.migrate import upgrade

    with (
        tempfile.TemporaryDirectory(prefix="fg") as home,
        embedded.postgres(Path(home) / "postgres", durable=False) as url,
    ):
        made = Settings.model_validate({"home": home, "database_url": url})
        upgrade(made)
        copy_database(url, "apart")  # now, as nobody may be connected to what is copied
        yield made


def copy_database(url: str, name: str) -> None:
    with psycopg.connect(url.replace("/postgres?", "/template1?"), autocommit=True) as connection:
        connection.execute(f"create database {name} template postgres strategy file_copy")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def apart(settings: Settings) -> AsyncIterator[House]:
    """The same beside it, for what looks through all tenants there are: here are few."""
    url = settings.owner_database_url.replace("/postgres?", "/apart?")
    async with House.open(settings.model_copy(update={"database_url": url})) as opened:
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(settings: Settings) -> AsyncIterator[House]:
    async with House.open(settings) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def tenant(house: House) -> Tenant:
    """A tenant with all modules, and a user who may do everything."""
    return await house.tenant()


@pytest_asyncio.fixture(loop_scope="session")
async def other_tenant(house: House) -> Tenant:
    return await house.tenant()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def importing_site(house: House) -> AsyncIterator[Site]:
    async with Site.open(house) as opened:
        yield opened


@pytest.fixture
def importing(tenant: Tenant, importing_site: Site, monkeypatch: pytest.MonkeyPatch) -> Importing:
    """The tenant's imports, done by this process."""
    return importing_site.of(tenant, monkeypatch)
