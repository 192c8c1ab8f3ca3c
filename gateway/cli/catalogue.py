"""``fieldgate schema`` and ``fieldgate modules``: what this installation offers."""

from __future__ import annotations

from difflib import unified_diff
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

SNAPSHOT = Path("schema.graphql")


def schema(
    write: Annotated[
        bool, typer.Option("--write", help=f"Write it to {SNAPSHOT} instead of the screen.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help=f"Fail if {SNAPSHOT} differs, and show where.")
    ] = False,
) -> None:
    """Print the GraphQL schema of all installed modules."""
    from gateway.modules import load_modules
    from gateway.schema import schema_of

    text = schema_of(load_modules()).as_str() + "\n"
    if write:
        SNAPSHOT.write_text(text)
        typer.echo(f"Wrote {SNAPSHOT}.")
    elif check:
        _compare(SNAPSHOT.read_text() if SNAPSHOT.exists() else "", text)
    else:
        typer.echo(text, nl=False)


def _compare(kept: str, now: str) -> None:
    changes = unified_diff(kept.splitlines(), now.splitlines(), "schema.graphql", "code", n=1)
    shown = list(islice(changes, 40))
    if not shown:
        typer.echo(f"{SNAPSHOT} is up to date.")
        return
    typer.echo("\n".join(shown))
    typer.echo(f"{SNAPSHOT} is out of date. Run: fieldgate schema --write", err=True)
    raise typer.Exit(1)


def modules() -> None:
    """List the installed modules, what each needs, and the permissions it brings."""
    from gateway.modules import installed

    table = Table("module", "title", "needs", "permissions", box=None, padding=(0, 2, 0, 0))
    for module in installed():
        needs, permissions = ", ".join(module.needs), ", ".join(module.permissions)
        table.add_row(module.name, module.title, needs, permissions)
    Console().print(table)
