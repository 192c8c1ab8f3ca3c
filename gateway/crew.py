"""The processes of one run: started, restarted with growing pauses when they crash, stopped."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from gateway.process import Process, Program

TICK_SECONDS = 0.02
#: A process that lives this long has recovered: its next crash is mended at once.
STEADY_SECONDS = 60
LONGEST_PAUSE_SECONDS = 30


@dataclass
class Crew:
    changed: Callable[[], None]
    report: Callable[[str], None]
    processes: list[Process] = field(default_factory=list)
    _crashes: dict[str, int] = field(default_factory=dict)
    _due: list[tuple[float, Program]] = field(default_factory=list)

    def start(self, program: Program) -> Process:
        process = Process(program)
        self.processes.append(process)
        self.changed()
        return process

    def dismiss(self, process: Process) -> None:
        """Forget one that has ended, and end what it started."""
        process.kill()
        self.processes.remove(process)
        self.changed()

    def mend(self) -> None:
        """Start again what has crashed, once its pause is over."""
        for process in [p for p in self.processes if not p.is_running()]:
            self._schedule(process)
        now = time.monotonic()
        for due in [due for due in self._due if due[0] <= now]:
            self._due.remove(due)
            due[1].before_restart()
            self.start(due[1]).open_gate()

    def _schedule(self, process: Process) -> None:
        name = process.program.name
        steady = process.age_seconds > STEADY_SECONDS
        crashes = 1 if steady else self._crashes.get(name, 0) + 1
        pause = 0.0 if crashes == 1 else min(2.0 ** (crashes - 2), LONGEST_PAUSE_SECONDS)
        self._crashes[name] = crashes
        self._due.append((time.monotonic() + pause, process.program))
        when = f"in {pause:g} s" if pause else "now"
        self.report(
            f"{name} ended ({_how(process.popen.returncode)}); starting it again {when}. "
            f"Its log: {process.program.log}"
        )
        self.dismiss(process)

    def stop(
        self, seconds: float, hurry: Callable[[], bool], keep: Collection[Program] = ()
    ) -> None:
        """Ask all but *keep* to stop, together; end them after *seconds* or when told to hurry."""
        leaving = [process for process in self.processes if process.program not in keep]
        for process in leaving:
            process.ask_to_stop()
        deadline = time.monotonic() + seconds
        while any(p.is_running() for p in leaving) and time.monotonic() < deadline and not hurry():
            time.sleep(TICK_SECONDS)
        for process in leaving:
            self.dismiss(process)


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
