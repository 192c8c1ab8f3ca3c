"""``python -m bench.run``: starts everything, measures, and writes down what came of it."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from bench import plans, rows, servers
from bench.ground import ground
from bench.measure import MEASUREMENTS, Bench, Different
from bench.questions import questions
from core.kit.settings import get_settings, psycopg_dsn
from gateway.progress import progress


def run(
    only: Annotated[str, typer.Option(help="Some measurements, with commas between.")] = "",
    seconds: Annotated[float, typer.Option(help="How long each is measured in a round.")] = 2,
    rounds: Annotated[int, typer.Option(help="Of which the median counts.")] = 3,
    profile: Annotated[
        str, typer.Option(help=f"Profile one instead: {', '.join(plans.PROFILED)}.")
    ] = "",
) -> None:
    """Measure the gateway beside other servers on the same data."""
    names = only.split(",") if only else list(MEASUREMENTS)
    if unknown := set(names) - MEASUREMENTS.keys():
        sys.exit(f"There is no {unknown.pop()}, but {', '.join(MEASUREMENTS)}.")
    console = Console()
    with ExitStack() as stack:
        home = get_settings().home / "bench"
        with progress() as report:
            made = stack.enter_context(ground(home, report))
        if profile:
            uvloop.run(plans.profile(made, profile))
            return
        notes, wanted = [], {*servers.PYTHON, servers.POSTGRAPHILE}
        try:
            servers.install(home)
        except servers.Missing as error:
            wanted.discard(servers.POSTGRAPHILE)
            notes.append(f"Without PostGraphile: {error}.")
        ports = stack.enter_context(servers.servers(made.settings, wanted))
        bench = Bench(made, ports, questions(made, ports), seconds, rounds)
        found: list[rows.Row] = []
        for name in names:
            console.print(f"[dim]{name} …")
            try:
                part = list(MEASUREMENTS[name](bench))
            except Different as error:
                sys.exit(f"The servers don't say the same, so nothing is measured. {error}")
            rows.show(console, name, part)
            found += part
        machine = rows.machine(psycopg_dsn(made.settings.owner_database_url))
    notes.append(f"{rounds} rounds of {seconds:g} s, interleaved; medians")
    rows.show(console, "all", found)
    if not only:
        rows.write(found, machine, notes)


if __name__ == "__main__":
    typer.run(run)
