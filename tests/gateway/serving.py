"""The real ``fieldgate`` command on a home of its own, for tests of what it starts and leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

FIELDGATE = Path(sys.executable).with_name("fieldgate")
OURS = ("FIELDGATE_", "DATABASE_URL", "REDIS_URL")


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "FIELDGATE_HOME": str(home), "FIELDGATE_PORT": "0", "COLUMNS": "200", **more}


def fieldgate(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in the directory that holds *home*."""
    return subprocess.run(
        [FIELDGATE, *arguments],
        env=environment(home, **more),
        cwd=home.parent,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


class Serving:
    """A running ``fieldgate serve``."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = home
        self.output = home.with_suffix(".out")
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [FIELDGATE, "serve", *options],
                env=environment(home),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        wait_until(lambda: self.facts_file.exists() or self.process.poll() is not None, 180)
        assert self.process.poll() is None, self.output.read_text()

    @property
    def facts_file(self) -> Path:
        return self.home / "demo.json"

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self.facts_file.read_text())
        return facts

    def status(self, path: str) -> int:
        return httpx.get(f"{self.facts['url']}{path}", timeout=60).status_code

    def pids(self, argument: str) -> list[int]:
        """The direct children that were started with *argument*."""
        children = psutil.Process(self.process.pid).children()
        return [child.pid for child in children if argument in child.cmdline()]

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=120)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def serving(home: Path, *options: str) -> Iterator[Serving]:
    # A killed run leaves the file that tells us when the next one is ready.
    (home / "demo.json").unlink(missing_ok=True)
    run = Serving(home, *options)
    try:
        run.wait_until_ready()
        yield run
    finally:
        if run.process.poll() is None:
            run.stop()


def left_over(home: Path) -> list[str]:
    """The command lines of living processes that name *home*."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        command = " ".join(process.info["cmdline"] or [])
        if str(home) in command and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(command)
    return found


def wait_until(condition: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
