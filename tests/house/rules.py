"""The rules of the product in short, and the page that says which tests keep each.

``python -m tests.house.rules`` writes ``docs/rules.md``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "rules.md"
_NAMED = re.compile(r"^\s*(?:async )?def (test_r(\d{3})_\w+)", re.MULTILINE)


def rules() -> dict[str, dict[int, str]]:
    """What each rule says in short, by subject."""
    found: dict[str, dict[int, str]] = {}
    for line in (Path(__file__).parent / "rules.txt").read_text().splitlines():
        if line.startswith("# "):
            subject = found[line[2:]] = {}
        else:
            number, _, text = line.partition(" ")
            subject[int(number)] = text
    return found


def tests() -> dict[int, list[str]]:
    """The tests that carry a rule's number, as ``file::name``."""
    found: dict[int, list[str]] = defaultdict(list)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for name, number in _NAMED.findall(file.read_text()):
            found[int(number)].append(f"{file.relative_to(ROOT)}::{name}")
    return found


def page() -> str:
    kept = tests()
    lines = [
        "# The rules, and the tests that keep them",
        "",
        "Written by `python -m tests.house.rules` from the names of the tests. What a rule says in"
        " full is in the page of its subject.",
    ]
    for subject, those in rules().items():
        lines += ["", f"## {subject}", "", "| rule | what it says | tests |", "|---|---|---|"]
        for number, text in those.items():
            names = "<br>".join(f"`{name.split('::')[1]}`" for name in kept.get(number, ()))
            lines.append(f"| R{number} | {text} | {names} |")
    others = sorted(set(kept) - {n for those in rules().values() for n in those})
    lines += ["", "## Of other modules", "", "| rule | tests |", "|---|---|"]
    for number in others:
        names = "<br>".join(f"`{name.split('::')[1]}`" for name in kept[number])
        lines.append(f"| R{number} | {names} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
