"""What the process that reads has to say: sheets, and rows of text."""

from __future__ import annotations

from dataclasses import dataclass

from core.importing.reading.refusals import Unreadable


@dataclass
class Sheet:
    """A sheet of a workbook."""

    name: str
    is_hidden: bool = False
    is_read: bool = False


@dataclass(frozen=True)
class Row:
    """A row, by the number that a spreadsheet program shows beside it.

    *spread* is the same with merged cells filled, where there are any: headers read like that.
    """

    number: int
    cells: list[str]
    spread: list[str] | None = None


def choose(sheets: list[Sheet], wanted: str | None) -> list[Sheet]:
    """The sheets to look into, in order: the one that is wanted, or all that can be seen."""
    if wanted is not None:
        for sheet in sheets:
            if sheet.name == wanted:
                return [sheet]
        names = ", ".join(f"'{sheet.name[:40]}'" for sheet in sheets[:10])
        raise Unreadable("UNKNOWN_SHEET", f"There is no sheet '{wanted[:40]}'; there are: {names}.")
    if not sheets:
        raise Unreadable("NO_SHEET", "There is no sheet with cells in the file.")
    visible = [sheet for sheet in sheets if not sheet.is_hidden]
    if not visible:
        raise Unreadable(
            "NO_VISIBLE_SHEET", "All sheets of the file are hidden. Name the one that is meant."
        )
    return visible
