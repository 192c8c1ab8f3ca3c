"""The house keeps its shape: the same rooms in every module, none of them overgrown."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(p for p in (ROOT / "plugins").iterdir() if (p / "plugin.py").exists())
ROOMS = {
    "__init__", "plugin", "models", "rules", "services", "loaders", "schema", "mutations",
    "events", "handlers", "jobs", "charts", "timeline", "zones", "sheets", "mail", "personal",
    "custom", "migrations", "demo",
}  # fmt: skip
SOURCES = sorted(
    path
    for top in ("core", "plugins", "gateway")
    for path in (ROOT / top).rglob("*.py")
    if "migrations" not in path.parts
)
#: A file longer than this is two files.
LONGEST = 320


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.name)
def test_a_module_has_only_rooms_that_every_module_may_have(module: Path) -> None:
    found = {p.stem for p in module.iterdir() if p.name != "__pycache__"}

    assert found - ROOMS == set()
    assert {"__init__", "plugin", "models", "rules", "services", "schema", "migrations"} <= found


@pytest.mark.parametrize("path", [m / "plugin.py" for m in MODULES], ids=relative)
def test_the_door_only_introduces(path: Path) -> None:
    thoughts = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.If | ast.For | ast.While | ast.Try | ast.ListComp | ast.Lambda)
    ]

    assert thoughts == []


def test_every_file_says_what_lives_there() -> None:
    silent = [relative(p) for p in SOURCES if not ast.get_docstring(ast.parse(p.read_text()))]

    assert silent == []


def test_no_file_is_longer_than_a_reader_holds_in_mind() -> None:
    long = {relative(p): n for p in SOURCES if (n := len(p.read_text().splitlines())) > LONGEST}

    assert long == {}


def test_nothing_is_called_utils() -> None:
    vague = {"utils", "util", "helpers", "manager", "base", "common", "misc"}

    assert [relative(p) for p in SOURCES if p.stem in vague] == []
