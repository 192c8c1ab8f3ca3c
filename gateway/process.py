"""A program we start, watch and stop, and the record by which a later start finds it again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypedDict

import psutil

LAUNCH = Path(__file__).with_name("launch.py")
#: A log larger than this is set aside when its program starts.
LOG_BYTES = 10_000_000


class ProcessRecord(TypedDict):
    """A pid is reused by the system; pid and start time together are not."""

    name: str
    pid: int
    started: float
    stop_signal: int


@dataclass(eq=False)
class Program:
    """What to run, as whom, and how it likes to be asked to stop."""

    name: str
    command: list[str]
    #: Nothing: it writes to our terminal.
    log: Path | None
    stop_signal: signal.Signals = signal.SIGTERM
    #: The system user to run as: only root can choose one.
    uid: int = field(default_factory=os.getuid)
    gid: int = field(default_factory=os.getgid)
    environment: Mapping[str, str] = field(default_factory=dict)
    #: Kept open in the program under the same number.
    inherit: tuple[int, ...] = ()
    #: It waits for a line on its standard input before it touches the databases.
    gated: bool = False
    #: Clears what a crash has left in the way.
    before_restart: Callable[[], None] = lambda: None


class Process:
    """A running program. It leads its own session, so that Ctrl-C reaches only the supervisor."""

    def __init__(self, program: Program) -> None:
        self.program = program
        command = [sys.executable, "-I", "-S", str(LAUNCH), str(int(program.stop_signal))]
        command += [str(os.getpid()), str(program.uid), str(program.gid), *program.command]
        with _open_log(program.log) if program.log else nullcontext() as log:
            self.popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if program.gated else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT if log else None,
                env={**os.environ, **program.environment},
                pass_fds=program.inherit,
                start_new_session=True,
            )
        self.started = psutil.Process(self.popen.pid).create_time()

    @property
    def record(self) -> ProcessRecord:
        return {
            "name": self.program.name,
            "pid": self.popen.pid,
            "started": self.started,
            "stop_signal": int(self.program.stop_signal),
        }

    @property
    def age_seconds(self) -> float:
        return time.time() - self.started

    def is_running(self) -> bool:
        return self.popen.poll() is None

    def open_gate(self) -> None:
        if self.popen.stdin is not None:
            try:
                self.popen.stdin.write(b"go\n")
                self.popen.stdin.close()
            except BrokenPipeError:
                pass  # It has ended already; whoever polls it will say so.

    def ask_to_stop(self) -> None:
        if self.is_running():
            self.popen.send_signal(self.program.stop_signal)

    def kill(self) -> None:
        """End it and whatever it started."""
        with suppress(ProcessLookupError, PermissionError):  # Nobody is left in its group.
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()
        if self.popen.stdin is not None:
            self.popen.stdin.close()

    def stop(self, seconds: float, hurry: Callable[[], bool] = lambda: False) -> None:
        """Ask, wait at most *seconds* (or until *hurry*), then make sure."""
        self.ask_to_stop()
        deadline = time.monotonic() + seconds
        while self.is_running() and time.monotonic() < deadline and not hurry():
            time.sleep(0.02)
        self.kill()

    def last_lines(self, count: int = 15) -> str:
        if self.program.log is None:
            return "It is above."
        lines = self.program.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-count:])


def own_record(name: str) -> ProcessRecord:
    started = psutil.Process().create_time()
    return {"name": name, "pid": os.getpid(), "started": started, "stop_signal": signal.SIGTERM}


def find(record: ProcessRecord) -> psutil.Process | None:
    """The recorded process if it still runs, never a stranger that got its pid."""
    try:
        process = psutil.Process(record["pid"])
        if abs(process.create_time() - record["started"]) > 1:
            return None
        return process if process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def end(process: psutil.Process, stop_signal: int, seconds: float = 5) -> None:
    """Stop a process that is not our child."""
    try:
        process.send_signal(stop_signal)
        process.wait(seconds)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(seconds)
    except psutil.NoSuchProcess:
        pass


def _open_log(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")
