"""Bits of generated Python."""

from __future__ import annotations

from collections.abc import Iterable


def literal(entries: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{key!r}: {code}" for key, code in entries) + "}"
