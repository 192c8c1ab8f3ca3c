"""What ``fieldgate serve`` shows: a few sentences, the addresses, and the demo logins."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text


class Terminal:
    """Standard output, which may go away: serving and stopping go on without it."""

    def __init__(self, followed: Path | None = None) -> None:
        self.console = Console(highlight=False)
        self._followed = followed
        self._tail: IO[str] | None = None

    def say(self, *things: Any) -> None:
        for thing in things:
            self._write(partial(self.console.print, thing))

    def warn(self, sentence: str) -> None:
        self.say(Text(sentence, "yellow"))

    def follow(self) -> None:
        """Copy what has been added to the followed log."""
        if self._followed is None or not self._followed.exists():
            return
        if self._tail is None:
            self._tail = self._followed.open(errors="replace")
            self._tail.seek(0, os.SEEK_END)
        lines = self._tail.read()
        if lines:
            self._write(lambda: self.console.out(lines, end="", highlight=False))

    def _write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError:
            # The terminal was closed. Point the descriptors elsewhere, so that nothing else fails.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for stream in (sys.stdout, sys.stderr):
                os.dup2(nowhere, stream.fileno())

    def welcome(
        self, url: str, home: Path, tenants: Iterable[dict[str, Any]], s: float, *, mailbox: bool
    ) -> None:
        places = Table.grid(padding=(0, 2))
        for name, place in (
            ("GraphiQL", f"{url}/graphiql"),
            *([("Mailbox", f"{url}/mailbox")] if mailbox else []),
            ("GraphQL", f"{url}/graphql"),
            ("Health", f"{url}/healthz  {url}/readyz  {url}/metrics"),
            ("Logs", f"{home / 'logs'}"),
        ):
            places.add_row(f"[bold]{name}[/bold]", place)
        self.say("", f"[green]fieldgate answers[/green] ({s:.1f} s)", places, "")
        logins = Table("tenant", "modules", "login", "password", box=None, padding=(0, 2, 0, 0))
        for tenant in tenants:
            modules = ", ".join(tenant["modules"])
            logins.add_row(tenant["slug"], modules, tenant["login"], tenant["password"])
        if logins.row_count:
            self.say(logins, f"\nTokens and sample contacts: {home / 'demo.json'}")
        self.say("Ctrl-C stops everything.")
