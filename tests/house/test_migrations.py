"""The migrations of a module are one line: of two after the same one, any might run first."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(p for p in ROOT.glob("*/**/migrations") if any(p.glob("*_0001_*.py")))


def said(path: Path) -> dict[str, Any]:
    """The names that a script gives to literals."""
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in ("revision", "down_revision")
    }


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: str(p.parent.name))
def test_one_migration_of_each_module_is_the_newest(folder: Path) -> None:
    scripts = [said(path) for path in folder.glob("*_0*.py")]
    before: set[str] = set()
    for script in scripts:
        down = script["down_revision"]
        before.update((down,) if isinstance(down, str) else down or ())

    newest = sorted({script["revision"] for script in scripts} - before)

    assert len(newest) == 1, f"chain them: {newest}"
