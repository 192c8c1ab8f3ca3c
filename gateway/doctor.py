"""``fieldgate doctor``: whether this machine can run the product, and what to do if not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import create_engine

from core.files.store import Store
from core.kit.settings import APP_ROLE, ConfigurationError, Settings, get_settings, sqlalchemy_url
from gateway import embedded, reach
from gateway.cli.servers import servers
from gateway.home import Home
from gateway.reach import Connection
from gateway.supervisor import listening

PYTHON = (3, 11)
POSTGRESQL = 16
FREE_BYTES = 1_000_000_000
BUCKET_REMEDY = (
    "Correct FIELDGATE_FILES_URL (the bucket, its region, an endpoint that this machine reaches), "
    "FIELDGATE_FILES_ACCESS_KEY and FIELDGATE_FILES_SECRET_KEY. The key needs GetObject, PutObject "
    "and DeleteObject below the prefix."
)


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what was found, and what to do unless it is fine."""

    subject: str
    found: str
    remedy: str = ""

    @property
    def fine(self) -> bool:
        return not self.remedy


def show() -> bool:
    """Print the findings; true if all is fine."""
    findings = list(examine(get_settings()))
    console = Console(soft_wrap=True, highlight=False, markup=False)
    table = Table("", "checked", "found", box=None, padding=(0, 2, 0, 0))
    for finding in findings:
        mark = Text("ok", "green") if finding.fine else Text("!!", "red")
        table.add_row(mark, finding.subject, finding.found)
    console.print(table)
    for finding in findings:
        if not finding.fine:
            console.print(f"\n{finding.subject}: {finding.remedy}")
    return all(finding.fine for finding in findings)


def examine(settings: Settings) -> Iterator[Finding]:
    yield _python()
    yield _home(settings)
    yield _disk(settings)
    run = Home(settings.home).serving()
    if run is not None:
        yield Finding("port", f"fieldgate answers at {run['url']} (pid {run['owner']['pid']})")
    else:
        yield _port(settings)
    database_url = settings.database_url or (run and run["database_url"])
    if database_url:
        yield from _database(settings.model_copy(update={"database_url": database_url}))
    else:
        yield from _embedded_database(settings)
    redis_url = settings.redis_url or (run and run["redis_url"])
    if redis_url:
        yield _redis(redis_url)
    else:
        yield _binary("Valkey", embedded.valkey_binary)
    if settings.files_url:
        yield _bucket(settings, settings.files_url)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    old = sys.version_info < PYTHON
    return Finding("Python", version, "Install Python 3.11 or newer." if old else "")


def _home(settings: Settings) -> Finding:
    try:
        Home(settings.home).make()
    except ConfigurationError as error:
        return Finding("home", str(settings.home), str(error))
    return Finding("home", f"{settings.home} can be written")


def _disk(settings: Settings) -> Finding:
    place = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free = shutil.disk_usage(place).free
    remedy = "" if free >= FREE_BYTES else f"Make room, {FREE_BYTES // 10**9} GB at least."
    return Finding("disk", f"{free / 10**9:.1f} GB free", remedy)


def _port(settings: Settings) -> Finding:
    try:
        with listening(settings):
            return Finding("port", f"{settings.host}:{settings.port} is free")
    except ConfigurationError as error:
        return Finding("port", f"{settings.host}:{settings.port} is not free", str(error))


def _binary(name: str, binary: Callable[[], Path]) -> Finding:
    try:
        command = [str(binary()), "--version"]
        result = subprocess.run(command, capture_output=True, text=True, check=True)
    except ConfigurationError as error:
        return Finding(name, "the embedded one is missing", str(error))
    except (OSError, subprocess.CalledProcessError) as error:
        return Finding(name, f"the embedded one does not run: {error}", "Give the URL of another.")
    return Finding(name, f"embedded: {result.stdout.strip()}")


def _embedded_database(settings: Settings) -> Iterator[Finding]:
    binary = _binary("PostgreSQL", lambda: embedded.postgres_binaries() / "postgres")
    yield binary
    yield _socket(settings)
    if not (settings.home / "postgres").exists():
        yield Finding("database", "not made yet: fieldgate serve makes it")
    elif binary.fine:
        try:
            with servers() as started:
                yield from _database(started)
        except ConfigurationError as error:
            yield Finding("database", "does not start", str(error))


def _socket(settings: Settings) -> Finding:
    if embedded.socket_path_fits(settings.home / "postgres"):
        return Finding("socket", "its path is short enough")
    return Finding("socket", "the home's path is long: a directory in /tmp will be used")


def _redis(url: str) -> Finding:
    try:
        reach.ping(url)
    except ConfigurationError as error:
        return Finding("Redis", "can't be reached", str(error))
    return Finding("Redis", f"{reach.without_password(url)} answers")


def _bucket(settings: Settings, url: str) -> Finding:
    bucket = url.partition("?")[0]
    try:
        Store.of(settings).check()
    except ConfigurationError as error:
        return Finding("files", f"{bucket} can't be used", str(error))
    except OSError as error:
        return Finding("files", f"{bucket}: {error.strerror}", BUCKET_REMEDY)
    return Finding("files", f"{bucket} can be written and read")


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        connection = reach.connect(settings.owner_database_url)
    except ConfigurationError as error:
        yield Finding("database", "can't be reached", str(error))
        return
    with closing(connection):
        yield _version(connection)
        yield _role(connection)
    yield _migrations(settings)


def _version(connection: Connection) -> Finding:
    version = connection.info.server_version // 10000
    remedy = "" if version >= POSTGRESQL else f"Use PostgreSQL {POSTGRESQL} or newer."
    return Finding("database", f"PostgreSQL {version} answers", remedy)


def _role(connection: Connection) -> Finding:
    query = "select rolsuper or rolbypassrls from pg_roles where rolname = %s"
    row = connection.execute(query, [APP_ROLE]).fetchone()
    if row is None:
        return Finding("role", f"{APP_ROLE} does not exist yet", "Run: fieldgate migrate")
    if row[0]:
        return Finding(
            "role",
            f"{APP_ROLE} goes past row-level security",
            f"Run: alter role {APP_ROLE} nosuperuser nobypassrls",
        )
    return Finding("role", f"{APP_ROLE} is held to row-level security")


def _migrations(settings: Settings) -> Finding:
    # Imported late: it brings all modules, which the other checks can do without.
    from gateway.migrate import at_head

    engine = create_engine(sqlalchemy_url(settings.owner_database_url, "psycopg"))
    try:
        with engine.connect() as connection:
            current = at_head(connection)
    finally:
        engine.dispose()
    if current:
        return Finding("migrations", "all applied")
    return Finding("migrations", "some are not applied", "Run: fieldgate migrate")
