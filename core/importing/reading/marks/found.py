"""Cells of a sheet that a parser reads as blank although they are not, or as another text."""

from __future__ import annotations

#: What such a cell reads as; spreadsheets know no such error themselves.
ERROR, UNCALCULATED = "#ERROR!", "#FORMULA!"


class Marks:
    """What is to be known of cells besides their values, by row and column, both from 0."""

    def __init__(self) -> None:
        self._said: dict[int, dict[int, str]] = {}
        self._digits: dict[int, dict[int, int]] = {}

    def say(self, row: int, column: int, meaning: str) -> None:
        """Note that the cell has an error, or a formula that nobody has calculated."""
        self._said.setdefault(row, {})[column] = meaning

    def pad(self, row: int, column: int, digits: int) -> None:
        """Note that the number in the cell is shown with so many digits: 123 as 00123."""
        self._digits.setdefault(row, {})[column] = digits

    def apply(self, row: int, cells: list[str]) -> None:
        """Let the texts of a row's cells say it."""
        for column, meaning in self._said.get(row, {}).items():
            if column < len(cells) and not cells[column]:
                cells[column] = meaning
        for column, digits in self._digits.get(row, {}).items():
            if column < len(cells) and cells[column].isdigit():
                cells[column] = cells[column].zfill(digits)
