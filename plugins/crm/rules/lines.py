"""What the lines of an opportunity may be, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from core.kit.errors import Refused
from core.kit.money import exact
from core.kit.text import checked

MOST_LINES = 200
DESCRIPTION_LENGTH = 500


@dataclass(frozen=True)
class Line:
    description: str
    quantity: Decimal
    unit_price: Decimal
    unit_cost: Decimal

    @property
    def total_excl_tax(self) -> Decimal:
        return _cents(self.quantity * self.unit_price)

    @property
    def total_cost(self) -> Decimal:
        return _cents(self.quantity * self.unit_cost)


def checked_lines(given: Sequence[dict[str, Any]]) -> list[Line]:
    """The lines, if each is one and their sums can be kept."""
    if len(given) > MOST_LINES:
        message = f"There are {len(given)} lines; {MOST_LINES} are allowed."
        raise Refused("TOO_MANY_LINES", message, "lines")
    lines = [_line(line, f"lines.{index}") for index, line in enumerate(given)]
    exact(sum((line.total_excl_tax for line in lines), Decimal(0)), "lines")
    exact(sum((line.total_cost for line in lines), Decimal(0)), "lines")
    return lines


def _line(given: dict[str, Any], field: str) -> Line:
    said = checked(given["description"], f"{field}.description", DESCRIPTION_LENGTH)
    if said is None:
        message = f"'{field}.description' must say something."
        raise Refused("TEXT_REQUIRED", message, f"{field}.description")
    quantity = exact(given["quantity"], f"{field}.quantity", places=4, digits=10)
    if quantity <= 0:
        message = f"A quantity is above zero; {quantity:f} is not."
        raise Refused("QUANTITY_NOT_POSITIVE", message, f"{field}.quantity")
    line = Line(
        said,
        quantity,
        _amount(given["unit_price"], f"{field}.unitPrice"),
        _amount(given["unit_cost"], f"{field}.unitCost"),
    )
    exact(line.total_excl_tax, field)
    exact(line.total_cost, field)
    return line


def _amount(given: Decimal, field: str) -> Decimal:
    if given < 0:
        raise Refused("AMOUNT_NEGATIVE", f"{given:f} is below zero.", field)
    return exact(given, field, places=4, digits=10)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
