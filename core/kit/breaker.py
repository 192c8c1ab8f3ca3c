"""Leaves a server alone that has failed several times in a row, and tries it again now and then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

#: So many failures in a row, and it is left alone.
MOST_FAILURES = 5
#: For so long at first; twice as long each time it fails again.
FIRST_SECONDS, LONGEST_SECONDS = 30.0, 600.0


@dataclass
class Breaker:
    """Whether a server may be asked now."""

    clock: Callable[[], float]
    failures: int = 0
    #: Until when it is left alone, on the clock; None: it is asked.
    until: float | None = None
    _seconds: float = FIRST_SECONDS

    @property
    def is_open(self) -> bool:
        """Whether it is left alone: the circuit is broken."""
        return self.until is not None

    def admits(self) -> bool:
        """Whether to ask; once its time is over, one caller tries and the others still wait."""
        if self.until is None:
            return True
        if self.clock() < self.until:
            return False
        self.until = self.clock() + self._seconds
        return True

    def succeeded(self) -> bool:
        """Note an answer; whether the server is back."""
        was_open, self.until, self.failures, self._seconds = self.is_open, None, 0, FIRST_SECONDS
        return was_open

    def failed(self, wait: float | None = None) -> bool:
        """Note a failure; whether the server is left alone from now on. *wait* is what it asks."""
        self.failures += 1
        if wait is None and self.failures < MOST_FAILURES:
            return False
        was_open = self.is_open
        if was_open:
            self._seconds = min(2 * self._seconds, LONGEST_SECONDS)
        self.until = self.clock() + min(max(self._seconds, wait or 0), LONGEST_SECONDS)
        return not was_open
