"""Starts the servers side by side, one process each, on the same database."""

from __future__ import annotations

import hashlib
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.serve import POOL
from core.kit.settings import Settings
from gateway.embedded import free_port
from gateway.process import Process, Program

PYTHON = ("gateway", "handwritten", "idiomatic")
POSTGRAPHILE = "postgraphile"
START_SECONDS = 60
_SOURCES = Path(__file__).parent / POSTGRAPHILE


class Missing(Exception):
    """A server can't be run on this machine; the message says why."""


@contextmanager
def servers(settings: Settings, names: set[str]) -> Iterator[dict[str, int]]:
    """The port of each server, while they run."""
    with ExitStack() as stack:
        ports, running = {}, []
        for name in sorted(names):
            ports[name] = free_port()
            process = Process(_program(settings, name, ports[name]))
            stack.callback(process.stop, 5)
            running.append((name, process))
        for name, process in running:
            _wait(name, process, ports[name])
        yield ports


def _program(settings: Settings, name: str, port: int) -> Program:
    log = settings.home / "logs" / f"{name}.log"
    environment = {
        "DATABASE_URL": settings.owner_database_url,
        "FIELDGATE_HOME": str(settings.home),
        "FIELDGATE_ENVIRONMENT": "production",
        "FIELDGATE_POOL_MAX_SIZE": str(POOL),
        "POOL": str(POOL),
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
    }
    if name == POSTGRAPHILE:
        folder = install(settings.home)
        command = [str(_node(folder)), str(folder / "server.mjs"), str(port)]
    else:
        command = [sys.executable, "-m", "bench.serve", name, str(port)]
    return Program(name, command, log, environment=environment)


def install(home: Path) -> Path:
    """PostGraphile and a Node that is new enough, installed once: the folder they are in."""
    folder = home / "node"
    lock = hashlib.sha256((_SOURCES / "package-lock.json").read_bytes()).hexdigest()
    done = folder / "installed"
    if not done.exists() or done.read_text() != lock:
        npm = shutil.which("npm")
        if npm is None:
            raise Missing("npm is not there to install it with")
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_SOURCES / name, folder)
        command = [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if result.returncode != 0:
            raise Missing(f"npm could not install it: {result.stderr.strip()[:500]}")
        _node(folder)
        done.write_text(lock)
    shutil.copy(_SOURCES / "server.mjs", folder)
    return folder


def _node(folder: Path) -> Path:
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    node = folder / "node_modules" / f"node-linux-{machine}" / "bin" / "node"
    if not node.exists():
        raise Missing(f"there is no Node package for {platform.system()} on {machine}")
    return node


def _wait(name: str, process: Process, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if not process.is_running() or time.monotonic() > deadline:
            raise RuntimeError(f"{name} did not start:\n{process.last_lines()}")
        time.sleep(0.05)
