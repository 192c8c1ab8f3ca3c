"""How a way along the tree is written down."""

from __future__ import annotations

from collections.abc import Sequence

#: More steps than the API's ``scope`` can name make no sense.
DEEPEST = 1000
_MOST_NAMES = 8
_LONGEST_NAME = 40


def written_path(names: Sequence[str]) -> str:
    """``A › B › A``; of a long way, the two ends."""
    shown = [n if len(n) <= _LONGEST_NAME else f"{n[: _LONGEST_NAME - 1]}…" for n in names]
    if len(shown) > _MOST_NAMES:
        half = _MOST_NAMES // 2
        shown = [*shown[:half], "…", *shown[-half:]]
    return " › ".join(shown)
