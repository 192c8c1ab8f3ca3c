"""The documents name all there is, and nothing that doesn't exist."""

from __future__ import annotations

import re
from dataclasses import fields
from inspect import getmembers, isfunction
from pathlib import Path

from core.kit import hookspecs
from core.kit.events import KINDS
from gateway.modules import load_modules

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "hooks.md").read_text()
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


def test_the_readme_leads_to_every_page_and_its_links_lead_somewhere() -> None:
    links = re.findall(r"\]\((docs/[^)#]+)\)", (ROOT / "README.md").read_text())

    pages = {str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md")}
    assert {link for link in links if not link.startswith("docs/decisions/")} == pages


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        for link in re.findall(r"\]\(([^)#:]+\.\w+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_no_text_holds_the_marks_of_a_merge() -> None:
    texts = [*ROOT.glob("*.*"), *(ROOT / "docs").rglob("*.md")]
    marked = re.compile(r"^(<{7}|>{7}|={7}$)", re.MULTILINE)

    assert [text.name for text in texts if text.is_file() and marked.search(text.read_text())] == []
