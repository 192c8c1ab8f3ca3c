"""Finds the modules: those that ship with the gateway, and third parties by entry point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

import pluggy

from core.kit import hookspecs
from core.kit.errors import ModuleError
from core.kit.modules import Modules

ENTRY_POINTS = "fieldgate.modules"
BUILTIN = {
    "core": "core.plugin",
    "crm": "plugins.crm.plugin",
    "people": "plugins.people.plugin",
    "missions": "plugins.missions.plugin",
    "finance": "plugins.finance.plugin",
}


@dataclass(frozen=True)
class Installed:
    """A module as an operator sees it."""

    name: str
    title: str
    needs: Sequence[str]
    permissions: Sequence[str]


@cache
def load_modules() -> Modules:
    """Import and check every module. A hook with a wrong name or argument raises here."""
    found: dict[str, Any] = {name: import_module(path) for name, path in BUILTIN.items()}
    for point in entry_points(group=ENTRY_POINTS):
        if point.name in found:
            raise ModuleError(f"Two modules are called '{point.name}': {point.value} is one.")
        found[point.name] = point.load()
    return modules_of(found)


def modules_of(plugins: dict[str, Any]) -> Modules:
    """Modules by name, in the order in which they are asked."""
    manager = pluggy.PluginManager("fieldgate")
    manager.add_hookspecs(hookspecs)
    for name, plugin in plugins.items():
        manager.register(plugin, name=name)
    manager.check_pending()
    return Modules(manager, plugins)


def installed() -> list[Installed]:
    return [
        Installed(name, info.title, info.needs, tuple(info.permissions or ()))
        for name, info in load_modules().infos.items()
    ]
