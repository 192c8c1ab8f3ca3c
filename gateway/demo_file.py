"""``demo.json``: where the running product listens and how to log in to its demo tenants."""

from __future__ import annotations

import json
from typing import Any

from core.kit.settings import Settings
from gateway.home import Home, write_private
from gateway.progress import progress

#: The tenants without an address, kept for later starts: passwords can't be read back.
TENANTS = "demo-tenants.json"


def tenants(home: Home) -> list[dict[str, Any]]:
    try:
        kept: list[dict[str, Any]] = json.loads((home / TENANTS).read_text())
    except FileNotFoundError:
        return []
    return kept


def load(settings: Settings, contacts: int | None = None) -> list[dict[str, Any]]:
    """Load the demo tenants, or the large one with *contacts*, and remember how to log in."""
    from gateway.demo import load as load_demo

    home = Home(settings.home)
    with progress() as report:
        loaded: list[dict[str, Any]] = load_demo(settings, contacts, report)
    others = [kept for kept in tenants(home) if kept["slug"] not in {t["slug"] for t in loaded}]
    write_private(home / TENANTS, [*others, *loaded])
    run = home.serving()
    if run is not None and run["ready"]:
        publish(home, run["url"])
    return loaded


def load_once(settings: Settings) -> None:
    if not (Home(settings.home) / TENANTS).exists():
        load(settings)


def publish(home: Home, url: str) -> None:
    content = {"url": url, "graphql": f"{url}/graphql", "tenants": tenants(home)}
    write_private(home / "demo.json", content)


def withdraw(home: Home) -> None:
    """Its presence says that the product answers."""
    (home / "demo.json").unlink(missing_ok=True)
