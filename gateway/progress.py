"""How long work shows how far it is: a bar on a terminal, a line per step elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

#: What is being done, how many are done, of how many.
Report = Callable[[str, int, int], None]


@contextmanager
def progress() -> Iterator[Report]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield report


def _lines(console: Console) -> Report:
    def report(what: str, done: int, total: int) -> None:
        if done >= total:
            console.print(f"{what}: {done}", highlight=False)

    return report
