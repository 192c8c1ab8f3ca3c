"""The directory that holds all the product writes: who uses it now, and what the last run left."""

from __future__ import annotations

import fcntl
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import psutil

from core.kit.settings import ConfigurationError
from gateway.process import ProcessRecord, end, find


class Run(TypedDict):
    """``run.json``: what serves from this home now, or did until it was killed."""

    owner: ProcessRecord
    url: str
    ready: bool
    database_url: str
    redis_url: str
    processes: list[ProcessRecord]


class InUse(ConfigurationError):
    """Another fieldgate command holds this home."""


@dataclass(frozen=True)
class Home:
    path: Path

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def make(self) -> None:
        """Create it, closed to other users but for PostgreSQL's way through to its data."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        except OSError as error:
            raise ConfigurationError(
                f"{self.path} can't be written ({error.strerror}). "
                "Set FIELDGATE_HOME to a directory of yours."
            ) from error

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the home alone; the kernel lets go of it however this process ends."""
        self.make()
        with (self / "lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InUse(self._who(file.name)) from None
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            yield

    def _who(self, lock: str) -> str:
        run = self.serving()
        if run is not None:
            return f"fieldgate is already running at {run['url']} (pid {run['owner']['pid']})."
        pid = Path(lock).read_text().strip()
        return f"Another fieldgate command (pid {pid}) uses {self.path}. Try again when it is done."

    def serving(self) -> Run | None:
        """What ``fieldgate serve`` runs here, if it lives."""
        run = self._recorded()
        return run if run is not None and find(run["owner"]) is not None else None

    def record(self, run: Run) -> None:
        write_private(self / "run.json", run)

    def forget(self) -> None:
        (self / "run.json").unlink(missing_ok=True)

    def tidy(self) -> int:
        """End what a killed run left behind; needs the lock. Says how many processes that were."""
        run = self._recorded()
        if run is None:
            return 0
        left = [(find(record), record["stop_signal"]) for record in run["processes"]]
        # Last started, first ended: the web process before the servers it needs.
        orphans = [(process, number) for process, number in reversed(left) if process]
        for process, number in orphans:
            end(process, number, seconds=3)
        strays = list(self._strays())
        for process in strays:
            end(process, signal.SIGKILL)
        self.forget()
        return len(orphans) + len(strays)

    def _strays(self) -> Iterator[psutil.Process]:
        """What our processes have started themselves, so that it could not be recorded."""
        for process in psutil.process_iter(["cmdline"]):
            command = process.info["cmdline"] or []
            if "gateway.child" in command and str(self.path) in command:
                yield process

    def _recorded(self) -> Run | None:
        try:
            run: Run = json.loads((self / "run.json").read_text())
        except (OSError, ValueError):
            return None
        return run


def write_private(path: Path, content: Any) -> None:
    """JSON that only the owner reads, replaced as a whole."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(content, indent=2, default=str) + "\n")
    draft.replace(path)
