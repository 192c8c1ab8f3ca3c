"""CSV, in the encodings and with the separators that spreadsheet programs write."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from core.importing.reading.limits import LONGEST_CELL, MOST_COLUMNS
from core.importing.reading.refusals import Unreadable
from core.importing.reading.sheets import Row

#: In order of preference, where two separate equally well.
SEPARATORS = (";", ",", "\t")
_HEAD = 64 * 1024
#: No text has it: what comes behind the last row.
_END = "\x1e"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
csv.field_size_limit(4 * LONGEST_CELL)


def read(path: Path) -> Iterator[Row]:
    encoding = encoding_of(path)
    with path.open(encoding=encoding, newline="") as file:
        head = file.read(_HEAD)
        if _is_html(head):
            raise Unreadable(
                "FILE_IS_HTML",
                "The file is a web page, whatever its name. Save it as XLSX or CSV.",
            )
        file.seek(0)
        yield from _rows(file, head)


def _rows(file: io.TextIOWrapper, head: str) -> Iterator[Row]:
    separator, told = separator_of(head)
    # A text that nothing ends would swallow the end as well.
    reader = csv.reader(chain(file, (_END,)), delimiter=separator)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if cells == [_END]:
                return
            if cells and cells[-1].endswith(_END):
                raise _unbalanced(number)
            if number == 1 and told:
                continue
            if len(cells) > MOST_COLUMNS:
                raise Unreadable(
                    "TOO_MANY_COLUMNS",
                    f"Row {number} has {len(cells)} columns; {MOST_COLUMNS} are allowed.",
                )
            yield Row(number, cells)
    except csv.Error as error:
        raise _unbalanced(number + 1) from error
    except UnicodeDecodeError as error:
        raise Unreadable(
            "UNKNOWN_ENCODING", "The file is no text in UTF-8, UTF-16 or Windows-1252."
        ) from error


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
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while piece := file.read(1 << 20):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


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
    first = head.lstrip("\ufeff").split("\n", 1)[0].strip()
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[4], True
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
