"""``fieldgate demo``, ``fieldgate nightly``, and the keys of what is sealed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from core.kit.settings import get_settings, new_key
from gateway.cli.servers import servers


def demo(
    contacts: Annotated[
        int | None,
        typer.Option(min=1, help="Make the large tenant for measuring, with this many contacts."),
    ] = None,
) -> None:
    """Load the demo tenants; with --contacts a large one, about ten missions a contact."""
    from gateway import demo_file
    from gateway.migrate import upgrade

    with servers() as settings:
        upgrade(settings)
        for tenant in demo_file.load(settings, contacts):
            typer.echo(f"{tenant['slug']}: {tenant['login']} {tenant['password']}")
    typer.echo(f"Tokens are in {get_settings().home / demo_file.TENANTS}.")


def nightly(
    tenant: Annotated[str, typer.Option(help="The tenant's slug.")],
    day: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The business day to compute.")
    ],
) -> None:
    """Run a tenant's nightly jobs for a day now; what is already done is left as it is."""
    from gateway.migrate import require_current
    from gateway.nightly import run
    from gateway.progress import progress

    with servers() as settings, progress() as report:
        require_current(settings)
        run(settings, tenant, day.date(), report)
    typer.echo(f"The night of {day.date()} is done for {tenant}.")


def key() -> None:
    """Print a new key for FIELDGATE_ENCRYPTION_KEYS."""
    typer.echo(new_key())


def reseal() -> None:
    """Seal the secrets of all tenants with the first of FIELDGATE_ENCRYPTION_KEYS.

    To change the key: put a new one before the old, restart, run this, take the old one out.
    """
    from gateway.migrate import require_current
    from gateway.sealed import seal_anew

    with servers() as settings:
        require_current(settings)
        typer.echo(f"{seal_anew(settings)} sealed.")
