"""What is measured on: a large tenant and fifty small ones, made once and kept."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from alembic.util import CommandError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from core.charts.services import draw
from core.demo import BULK, parameters
from core.kit.jobs import business_day
from core.kit.settings import Settings, sqlalchemy_url
from core.tenancy.services import issue_token
from gateway import demo, embedded
from gateway.demo.tenants import TOKEN_LIFETIME, Door, Place, Wanted
from gateway.migrate import differences, upgrade
from gateway.progress import Report

CONTACTS = 100_000
GRAND = Wanted("grand", "Grand Service")
SMALL, SMALL_CONTACTS = 50, 200
#: How many contacts are asked for in turn: those whose Overview has most to show.
BUSIEST = 200
ROOTS = ("TREE-10", "TREE-1K", "TREE-50K", "TREE-DORMANT")
#: Of the demo's tenants.
ZONE = ZoneInfo("Europe/Paris")
FUNCTIONS = Path(__file__).parent / "postgraphile" / "functions.sql"
#: The module of ``bench.greeting``.
_SWITCH_ON = """
    update core_tenant set modules = modules || array['greeting']
    where slug = :slug and not 'greeting' = any(modules)
"""
_IS_FILLED = "select exists (select from core_contact where tenant_id = :tenant)"
_RECENT = " union all ".join(
    f"select contact_id from {table} where tenant_id = :tenant "
    "and updated_at > now() - interval '28 days'"
    for table in ("missions_mission", "finance_document", "crm_note", "crm_opportunity")
)
_BUSIEST = f"""
    select contact_id from ({_RECENT}) recent
    where exists (
        select from core_custom_value v
        where v.tenant_id = :tenant and v.contact_id = recent.contact_id)
    group by contact_id order by count(*) desc, contact_id limit :limit
"""


@dataclass(frozen=True)
class Tenant:
    """Whom a request is sent as, and which contacts it may ask for."""

    id: UUID
    token: str
    contacts: list[UUID]


@dataclass(frozen=True)
class Ground:
    settings: Settings
    grand: Tenant
    small: list[Tenant]
    roots: dict[str, UUID]
    #: How long making it took, by part, whenever that was.
    seconds: dict[str, float]


@contextmanager
def ground(home: Path, report: Report) -> Iterator[Ground]:
    """The database of the benchmark, running; everything in it is made the first time."""
    if _is_of_other_version(home):
        shutil.rmtree(home / "postgres")
        (home / "made.json").unlink()
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711)  # PostgreSQL may run as another user, who must get through
    with embedded.postgres(home / "postgres") as url:
        settings = Settings.model_validate({"home": home, "database_url": url})
        upgrade(settings)
        kept = home / "made.json"
        if not kept.exists():
            kept.write_text(json.dumps(_make(settings, report)))
        yield asyncio.run(_look(settings, json.loads(kept.read_text())))


def _is_of_other_version(home: Path) -> bool:
    """Whether the tables that were made can't be brought to what the models are now."""
    if not (home / "made.json").exists():
        return False
    with embedded.postgres(home / "postgres") as url:
        settings = Settings.model_validate({"home": home, "database_url": url})
        engine = create_engine(sqlalchemy_url(url, "psycopg"))
        try:
            upgrade(settings)
            with engine.connect() as connection:
                return bool(differences(connection))
        except (DBAPIError, CommandError):
            return True
        finally:
            engine.dispose()


def _make(settings: Settings, report: Report) -> dict[str, float]:
    now = datetime.now(UTC)
    seconds = {}
    began = time.monotonic()
    demo.load(settings, CONTACTS, report, now)
    seconds["load"] = time.monotonic() - began
    asyncio.run(_make_small(settings, now, report))
    seconds |= asyncio.run(_draw_all(settings, now, report))
    return seconds


def _small() -> Iterator[Wanted]:
    return (Wanted(f"small-{number:02}", f"Small Service {number}") for number in range(SMALL))


async def _make_small(settings: Settings, now: datetime, report: Report) -> None:
    """Fifty tenants with the large one's kind of data, two hundred contacts each."""
    async with Place.open(settings, now) as place:
        for number, wanted in enumerate(_small(), 1):
            _fill(await place.tenant(wanted), now)
            report("small tenants", number, SMALL)
        place.analyze()


def _fill(door: Door, now: datetime) -> None:
    given = {"tenant": door.id, **parameters(SMALL_CONTACTS, now)}
    bulks = (one.bulk for one in door.modules.demos().values())
    with door.place.owner.begin() as connection:
        if connection.scalar(text(_IS_FILLED), {"tenant": door.id}):
            return  # by a run that was stopped
        for statement in chain(BULK, *bulks):
            connection.execute(text(statement), given)


async def _draw_all(settings: Settings, now: datetime, report: Report) -> dict[str, float]:
    """The nightly charts of every tenant, and how long the large one's took."""
    async with Place.open(settings, now) as place:
        for wanted in _small():
            await _draw(await place.tenant(wanted), now, report)
        grand = await place.tenant(GRAND)
        first = await _draw(grand, now, report)
        place.analyze()
        return {"first night": first, "night without changes": await _draw(grand, now, report)}


async def _draw(door: Door, now: datetime, report: Report) -> float:
    began = time.monotonic()
    async with door.session() as session:
        sources, day = door.modules.chart_sources(), business_day(now, ZONE)
        await draw(session, sources, day, ZONE, lambda done, total: report("charts", done, total))
    return time.monotonic() - began


async def _look(settings: Settings, seconds: dict[str, float]) -> Ground:
    async with Place.open(settings, datetime.now(UTC)) as place:
        with place.owner.begin() as connection:
            connection.exec_driver_sql(FUNCTIONS.read_text())
            connection.execute(text(_SWITCH_ON), {"slug": GRAND.slug})
        grand = await _tenant(await place.tenant(GRAND), BUSIEST)
        small = [await _tenant(await place.tenant(wanted), 10) for wanted in _small()]
        with place.owner.connect() as connection:
            rows: Any = connection.execute(
                text(
                    "select reference, id from core_contact "
                    "where tenant_id = :tenant and reference = any(:roots)"
                ),
                {"tenant": grand.id, "roots": list(ROOTS)},
            )
            roots = dict(rows.tuples().all())
    return Ground(settings, grand, small, roots, seconds)


async def _tenant(door: Door, contacts: int) -> Tenant:
    async with door.session() as session:
        issued = await issue_token(session, door.user_id, TOKEN_LIFETIME)
    with door.place.owner.connect() as connection:
        found = connection.execute(text(_BUSIEST), {"tenant": door.id, "limit": contacts})
        return Tenant(door.id, issued.token, list(found.scalars()))
