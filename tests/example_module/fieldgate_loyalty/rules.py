"""What points are worth."""

from __future__ import annotations

from decimal import Decimal

RANKS = ("BRONZE", "SILVER", "GOLD")


def points_for(spent: Decimal) -> int:
    """One point for each whole ten euros."""
    return int(spent // 10)


def stars(points: int) -> list[str]:
    """A star for each hundred points, five at most."""
    return ["★"] * min(points // 100, 5)
