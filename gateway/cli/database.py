"""``fieldgate migrate`` and ``fieldgate revision``."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.servers import servers


def migrate() -> None:
    """Bring the database up to date: roles, tables and policies of every installed module."""
    with servers() as settings:
        from gateway.migrate import upgrade  # not before: a wrong setting is said at once

        upgrade(settings)
    typer.echo("The database is up to date.")


def revision(
    module: Annotated[str, typer.Argument(help="The module whose tables change, such as crm.")],
    message: Annotated[str, typer.Argument(help="What the migration does, in a few words.")],
) -> None:
    """Write a module's next migration from the difference between its models and the database."""
    with servers() as settings:
        from gateway.migrate import revision, upgrade

        upgrade(settings)
        path = revision(settings, module, message)
    typer.echo(f"Wrote {path}. Read it before you commit it.")
