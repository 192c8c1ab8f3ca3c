"""The page about hooks and events names all there are, and none that don't exist."""

from __future__ import annotations

import re
from dataclasses import fields
from inspect import getmembers, isfunction
from pathlib import Path

from core.kit import hookspecs
from core.kit.events import KINDS
from gateway.modules import load_modules

PAGE = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text()
OURS = ("core.", "plugins.")


def test_every_hook_is_documented_and_no_other() -> None:
    there = {n for n, f in getmembers(hookspecs, isfunction) if f.__module__ == hookspecs.__name__}

    assert set(re.findall(r"^### `(\w+)`$", PAGE, re.MULTILINE)) == there


def test_every_event_is_documented_with_its_fields_and_no_other() -> None:
    load_modules()
    there = {
        name: [field.name for field in fields(kind)]
        for name, kind in KINDS.items()
        if kind.__module__.startswith(OURS)
    }

    rows = re.findall(r"^\| `(\w+\.\w+)` \| .+ \| (.+) \|$", PAGE, re.MULTILINE)

    assert {name: re.findall(r"`(\w+)`", cell) for name, cell in rows} == there
