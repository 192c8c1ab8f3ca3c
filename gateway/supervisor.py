"""``fieldgate serve``: servers, web, worker and beat under one process that leaves none behind."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from core.kit.settings import ConfigurationError, Settings, use_servers
from gateway import demo_file, embedded
from gateway.crew import Crew
from gateway.home import Home, Run
from gateway.process import Process, Program, own_record
from gateway.terminal import Terminal

TICK_SECONDS = 0.02
READY_SECONDS = 60
#: A little more than the web process gives its requests.
STOP_SECONDS = 15


class Stopped(Exception):
    """Somebody asked us to stop while we were starting."""


class Supervisor:
    def __init__(self, settings: Settings, terminal: Terminal, *, demo: bool) -> None:
        self.settings = settings
        self.home = Home(settings.home)
        self.terminal = terminal
        self.demo = demo
        self.url = ""
        self.ready = False
        self.signals = 0
        self.servers: list[embedded.Server] = []
        self.crew = Crew(changed=self._record, report=terminal.warn)

    def run(self) -> None:
        """Serve until a signal says stop."""
        with self.home.lock(), self._signals():
            self._tidy()
            with listening(self.settings) as listener:
                try:
                    self._start(listener)
                    while True:
                        self.crew.mend()
                        self._pause()
                except Stopped:
                    self.terminal.say("Stopping …")
                finally:
                    # Closed first, so that new callers are refused instead of kept waiting.
                    listener.close()
                    self._stop()
        self.terminal.say("Stopped.")

    @contextmanager
    def _signals(self) -> Iterator[None]:
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._signalled) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _signalled(self, number: int, frame: object) -> None:
        self.signals += 1

    def _tidy(self) -> None:
        demo_file.withdraw(self.home)
        ended = self.home.tidy()
        if ended:
            self.terminal.say(f"The last run was killed; ended what it had left ({ended}).")

    def _start(self, listener: socket.socket) -> None:
        began = time.monotonic()
        self.url = address(self.settings.host, listener)
        os.environ["FIELDGATE_PORT"] = str(listener.getsockname()[1])
        self._start_servers()
        # Both import their modules while the servers start, and wait at their gates.
        prepare = self.crew.start(self._child("prepare", "demo" if self.demo else "bare"))
        fileno = listener.fileno()
        web = self.crew.start(self._child("web", str(fileno), inherit=(fileno,)))
        self._await_servers()
        self._await_prepared(prepare)
        web.open_gate()
        self._await_answer(web)
        for role in ("worker", "beat"):
            self.crew.start(self._child(role)).open_gate()
        self._announce(time.monotonic() - began)

    def _start_servers(self) -> None:
        if self.settings.redis_url is None:
            self._serve(embedded.valkey_server(self.home / "valkey", self._log("valkey")))
        if self.settings.database_url is None:
            if not (self.home / "postgres").exists():
                self.terminal.say("Making the database …")
            self._serve(embedded.postgres_server(self.home / "postgres", self._log("postgres")))
        urls = {server.program.name: server.url for server in self.servers}
        self.settings = use_servers(database_url=urls.get("postgres"), redis_url=urls.get("valkey"))

    def _serve(self, server: embedded.Server) -> None:
        self.servers.append(server)
        self.crew.start(server.program)

    def _child(self, role: str, *arguments: str, inherit: tuple[int, ...] = ()) -> Program:
        # Migrations and demo data take a while the first time: they show their progress here.
        log = None if role == "prepare" else self._log(role)
        command = [sys.executable, "-m", "gateway.child", role, str(self.home.path), *arguments]
        return Program(role, command, log, inherit=inherit, gated=True)

    def _log(self, name: str) -> Path:
        return self.home / "logs" / f"{name}.log"

    def _await_servers(self) -> None:
        for server in self.servers:
            process = next(p for p in self.crew.processes if p.program is server.program)
            embedded.wait_until_ready(server, process, self._pause)

    def _await_prepared(self, prepare: Process) -> None:
        prepare.open_gate()
        while prepare.is_running():
            self._pause()
        self.crew.dismiss(prepare)
        if prepare.popen.returncode != 0:
            raise ConfigurationError("The database could not be prepared; the reason is above.")

    def _await_answer(self, web: Process) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not answers(self.url):
            if not web.is_running() or time.monotonic() > deadline:
                raise ConfigurationError(
                    f"The web process does not answer. The end of {web.program.log}:\n"
                    f"{web.last_lines()}"
                )
            self._pause()

    def _announce(self, seconds: float) -> None:
        self.ready = True
        self._record()
        demo_file.publish(self.home, self.url)
        tenants = demo_file.tenants(self.home)
        mailbox = self.settings.has_mailbox
        self.terminal.welcome(self.url, self.home.path, tenants, seconds, mailbox=mailbox)

    def _pause(self) -> None:
        if self.signals:
            raise Stopped
        self.terminal.follow()
        time.sleep(TICK_SECONDS)

    def _record(self) -> None:
        run = Run(
            owner=own_record("serve"),
            url=self.url,
            ready=self.ready,
            database_url=self.settings.database_url or "",
            redis_url=self.settings.redis_url or "",
            processes=[process.record for process in self.crew.processes],
        )
        self.home.record(run)

    def _stop(self) -> None:
        demo_file.withdraw(self.home)
        asked = self.signals

        def hurry() -> bool:
            return self.signals > asked

        self.crew.stop(STOP_SECONDS, hurry, keep=[server.program for server in self.servers])
        # The servers last: what was in flight has been written by now.
        self.crew.stop(STOP_SECONDS, hurry)
        for server in self.servers:
            server.forget()
        self.home.forget()


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """The address, taken before anything is started, so that a conflict shows at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise ConfigurationError(
                f"{settings.host}:{settings.port} can't be listened on ({error.strerror}). "
                "Stop what uses it, or set FIELDGATE_PORT to another port."
            ) from error
        yield listener


def address(host: str, listener: socket.socket) -> str:
    """Where a browser on this machine finds the product."""
    port = listener.getsockname()[1]
    if host in {"0.0.0.0", "::"}:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def answers(url: str) -> bool:
    connection = HTTPConnection(url.removeprefix("http://"), timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
