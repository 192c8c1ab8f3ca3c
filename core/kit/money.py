"""Exact amounts: what a caller's number must be to be kept to its last decimal."""

from __future__ import annotations

from decimal import Decimal

from core.kit.errors import Refused


def exact(value: Decimal, field: str, *, places: int = 2, digits: int = 12) -> Decimal:
    """*value* with *places* decimals, refused if that changes it or it has more than *digits*."""
    if abs(value) >= Decimal(10) ** digits:
        raise Refused(
            "AMOUNT_TOO_LARGE",
            f"{value:f} is too large: {digits} digits before the point are kept.",
            field,
        )
    kept = value.quantize(Decimal(1).scaleb(-places))
    if kept != value:
        raise Refused(
            "TOO_MANY_DECIMALS", f"{value:f} has more than the {places} decimals kept.", field
        )
    return kept
