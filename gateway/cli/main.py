"""The commands' names and help; each does its work in the part of the product it is about."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli import catalogue, data, database
from gateway.cli.plan import plan

commands = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
    help="A multi-tenant GraphQL gateway whose modules are plugins.\n\n"
    "Settings come from the environment: FIELDGATE_HOME (default .fieldgate), FIELDGATE_PORT "
    "(8000), FIELDGATE_HOST, DATABASE_URL and REDIS_URL (else embedded servers), "
    "FIELDGATE_ENVIRONMENT (development or production).",
)


@commands.command()
def serve(
    demo: Annotated[
        bool, typer.Option("--demo/--no-demo", help="Load the demo tenants the first time.")
    ] = True,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show the web process's log here too.")
    ] = False,
    follow_parent: Annotated[
        bool, typer.Option(hidden=True, help="Stop when the calling process ends (Linux).")
    ] = False,
) -> None:
    """Run everything: databases, migrations, web, worker and beat, until Ctrl-C.

    Writes only to FIELDGATE_HOME; logins of the demo tenants are in its demo.json.
    """
    from gateway.cli.serve import serve

    serve(demo=demo, verbose=verbose, follow_parent=follow_parent)


commands.command()(database.migrate)
commands.command()(database.revision)
commands.command()(catalogue.schema)
commands.command()(catalogue.modules)
commands.command()(plan)
commands.command()(data.demo)
commands.command()(data.nightly)
commands.command()(data.key)
commands.command()(data.reseal)


@commands.command()
def doctor() -> None:
    """Check this machine and explain what is wrong with it; exit code 1 if something is."""
    from gateway.doctor import show

    if not show():
        raise typer.Exit(1)
