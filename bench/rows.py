"""A line of the result: what was measured, the goal, and whether it is reached."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).with_name("RESULTS.md")


@dataclass(frozen=True)
class Row:
    what: str
    figure: float
    #: ``"≤ 0.9×"``: the side on which the figure must be, the number, and its unit.
    goal: str
    #: The measurements that the figure comes from.
    of: str = ""

    @property
    def reached(self) -> bool:
        side, number = self.goal.split()[:2]
        limit = float(number.rstrip("×"))
        return self.figure <= limit if side == "≤" else self.figure >= limit

    @property
    def shown(self) -> str:
        digits = 2 if self.figure < 10 else 1 if self.figure < 100 else 0
        unit = "×" if self.goal.endswith("×") else f" {self.goal.split()[2]}"
        return f"{self.figure:.{digits}f}{unit}"


def show(console: Console, title: str, rows: Sequence[Row]) -> None:
    table = Table(title=title, title_justify="left")
    for name in ("", "figure", "goal", "", "from"):
        table.add_column(name, justify="right" if name in ("figure", "goal") else "left")
    for row in rows:
        mark = "[green]reached" if row.reached else "[red]not reached"
        table.add_row(row.what, row.shown, row.goal, mark, f"[dim]{row.of}")
    console.print(table)


def write(rows: Sequence[Row], machine: Sequence[tuple[str, str]], notes: Sequence[str]) -> None:
    lines = ["# Results of `make bench`", ""]
    lines += [f"- {name}: {value}" for name, value in machine]
    lines += [f"- {note}" for note in notes]
    lines += ["", "| | figure | goal | | from |", "|---|---|---|---|---|"]
    for row in rows:
        mark = "reached" if row.reached else "**not reached**"
        lines.append(f"| {row.what} | {row.shown} | {row.goal} | {mark} | {row.of} |")
    RESULTS.write_text("\n".join([*lines, ""]))


def machine(database_url: str) -> list[tuple[str, str]]:
    with psycopg.connect(database_url) as connection:
        version = connection.execute("show server_version").fetchone()
    assert version is not None
    return [
        ("Date", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"),
        ("Processor", f"{_processor()}, {len(os.sched_getaffinity(0))} cores"),
        ("Load average at the end", f"{os.getloadavg()[0]:.1f}"),
        ("Python", platform.python_version()),
        ("PostgreSQL", str(version[0])),
        ("System", f"{platform.system()} {platform.release()}"),
    ]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
