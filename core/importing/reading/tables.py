"""CSV, in the encodings and with the separators that spreadsheet programs write."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from core.importing.reading.limits import LONGEST_CELL, MOST_COLUMNS
from core.importing.reading.refusals import Unreadable
from core.importing.reading.sheets import Row

#: In order of preference, where two separate equally well.
SEPARATORS = (";", ",", "\t")
_HEAD = 64 * 1024
#: Stands for what can't be decoded.
_LOST = "\ufffd"
#: Comes behind the last row.
_END = "\x1e"
#: How some programs have a spreadsheet take digits for a text: ="00123".
_AS_TEXT = re.compile(r'="([^"]*)"')
#: What Excel understands in the first line.
_TOLD = re.compile(r'\ufeff?"?sep=([^"\r\n])"?[\r\n]', re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16 does
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Of a cell: a text that nothing ends would take all that follows into memory.
_MOST_CHARACTERS = 4 * LONGEST_CELL
csv.field_size_limit(_MOST_CHARACTERS)


def read(path: Path) -> Iterator[Row]:
    encoding = encoding_of(path)
    try:
        with path.open(encoding=encoding, newline="") as file:
            head = file.read(_HEAD)
            if _is_html(head):
                raise Unreadable(
                    "FILE_IS_HTML",
                    "The file is a web page, whatever its name. Save it as XLSX or CSV.",
                )
            file.seek(0)
            yield from _rows(file, head)
    except UnicodeError as error:
        raise Unreadable(
            "UNKNOWN_ENCODING", "The file is no text in UTF-8, UTF-16 or Windows-1252."
        ) from error


class _Lines:
    """The lines of a file, and then the end; those that were read since the last look."""

    def __init__(self, file: Iterable[str]) -> None:
        self._file = file
        self.latest: list[str] = []
        self.is_over = False

    def __iter__(self) -> Iterator[str]:
        for line in self._file:
            self.latest.append(line)
            yield line
        self.is_over = True
        # A text that nothing ends would swallow the end as well.
        yield _END


def _rows(file: io.TextIOWrapper, head: str) -> Iterator[Row]:
    separator, told = separator_of(head)
    lines = _Lines(file)
    reader = csv.reader(lines, delimiter=separator)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if lines.is_over:
                if cells == [_END]:
                    return
                raise _unbalanced(number)
            if len(lines.latest) > 1 and not _is_closed(lines.latest, separator):
                raise _unbalanced(number)
            lines.latest.clear()
            if number == 1 and told:
                continue
            if len(cells) > MOST_COLUMNS:
                raise Unreadable(
                    "TOO_MANY_COLUMNS",
                    f"Row {number} has {len(cells)} columns; {MOST_COLUMNS} are allowed.",
                )
            yield Row(number, [_said(cell) for cell in cells])
    except csv.Error as error:
        if len(lines.latest) > 1:
            raise _unbalanced(number + 1) from error
        raise Unreadable(
            "CELL_TOO_LONG",
            f"In row {number + 1} a cell has more than {_MOST_CHARACTERS} characters.",
        ) from error


def _said(cell: str) -> str:
    """What a spreadsheet program shows of a cell that was written for it to be a text."""
    found = _AS_TEXT.fullmatch(cell) if cell.startswith('="') else None
    return cell if found is None else found[1]


def _is_closed(lines: list[str], separator: str) -> bool:
    """Whether the texts of a row of several lines end where they seem to.

    Of two quotation marks that nothing closes, in different rows, each would close the other.
    """
    try:
        return len(list(csv.reader(iter(lines), delimiter=separator, strict=True))) == 1
    except csv.Error:
        return False


def _unbalanced(number: int) -> Unreadable:
    return Unreadable(
        "QUOTES_UNBALANCED",
        f"In row {number} a text doesn't end: a quotation mark opens it, and none closes it.",
    )


def encoding_of(path: Path) -> str:
    """UTF-8 or UTF-16, with a mark at the beginning or without, or else Windows-1252."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if wide := _wide(head):
        return wide
    try:
        with path.open(encoding="utf-8") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        _check_mixed(path)
        return "cp1252"
    return "utf-8"


def _check_mixed(path: Path) -> None:
    """Refuse a text that is UTF-8 for the most part: read as another, it would say other things.

    Hardly any text in Windows-1252 happens to have a letter of UTF-8.
    """
    whole = broken = first = 0
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        for number, line in enumerate(file, 1):
            if not line.isascii():
                lost = line.count(_LOST)
                broken += lost
                whole += sum(letter > "\x7f" for letter in line) - lost
                first = first or (number if lost else 0)
    if whole >= broken:
        raise Unreadable(
            "UNKNOWN_ENCODING",
            f"The file is UTF-8, but for {broken} characters, the first of them in line {first}. "
            "Save it anew as UTF-8.",
        )


def _wide(head: bytes) -> str | None:
    """Latin letters in UTF-16 have a zero for every second byte."""
    if len(head) < 4 or (len(head) % 2 and len(head) < _HEAD):
        return None
    half = len(head) // 2
    if head[1::2].count(0) > 0.4 * half and head[0::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if head[0::2].count(0) > 0.4 * half and head[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def separator_of(head: str) -> tuple[str, bool]:
    """What separates cells, and whether the first line only says so, as Excel writes it."""
    if told := _TOLD.match(head):
        return told[1], True
    best, most = SEPARATORS[0], 0
    for separator in SEPARATORS:
        lines = csv.reader(io.StringIO(head, newline=""), delimiter=separator)
        try:
            widths = [len(cells) for cells in islice(lines, 20) if cells]
        except csv.Error:
            continue
        # The same width in most rows is what a table looks like.
        usual = max(widths, key=widths.count, default=1)
        score = widths.count(usual) * (usual > 1) * 1000 + usual
        if score > most:
            best, most = separator, score
    return best, False


def _is_html(head: str) -> bool:
    start = head.lstrip("\ufeff \t\r\n")[:200].lower()
    return start.startswith(("<!doctype html", "<html", "<?xml", "<table", "<head", "<meta"))
