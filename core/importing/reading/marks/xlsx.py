"""The marks of a sheet of an XLSX archive, found in its XML as it lies there."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from posixpath import join, normpath

from core.importing.reading.limits import LAST_ROW
from core.importing.reading.marks.found import ERROR, UNCALCULATED, Marks
from core.importing.reading.refusals import Unreadable

_PIECE = 1 << 20
#: A cell is shorter than this, or its beginning is all we need.
_OVERLAP = 64 * 1024
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s([^>]*)>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s([^>]*)>")
_ATTRIBUTE = re.compile(rb'([\w:]+)\s*=\s*"([^"]*)"')
#: A cell that holds an error, and one with a formula that nobody has calculated.
_ERROR = re.compile(rb'<c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]{1,3})(\d{1,9})"')
_UNCALCULATED = re.compile(
    rb'<c\b[^>]*\br="([A-Z]{1,3})(\d{1,9})"[^>]*>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*'
    rb"(?:<v\s*/>|<v>\s*</v>)?\s*</c>"
)
_ROW = re.compile(rb'<row\b[^>]*\br="(\d{1,30})"')
_FORMATS = re.compile(rb"<(?:\w+:)?numFmt\s([^>]*)>")
_STYLES = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<(?:\w+:)?xf\s([^>]*)>")
#: A format that shows zeros before a number, and what cells of its styles look like.
ZEROS = re.compile(r"(0{2,})(?:;.*)?")
_NUMBER = rb'<c\b(?![^>]*\bt="[^n"])(?=[^>]*\bs="(%b)")[^>]*\br="([A-Z]{1,3})(\d{1,9})"'


def marks(path: Path, sheet: str) -> Marks:
    found = Marks()
    with zipfile.ZipFile(path) as archive:
        name = _part(archive, sheet)
        if name is None:
            return found
        digits = _shown_with_zeros(archive)
        styled = re.compile(_NUMBER % b"|".join(digits)) if digits else None
        for piece in _pieces(archive, name):
            _look(found, piece)
            for style, column, row in styled.findall(piece) if styled else ():
                found.pad(int(row) - 1, _column(column), digits[style])
    return found


def _look(found: Marks, piece: bytes) -> None:
    for row in _ROW.findall(piece):
        if int(row) > LAST_ROW:
            raise Unreadable(
                "ROW_TOO_FAR", f"The sheet has a row {row.decode()}; the last is {LAST_ROW}."
            )
    for pattern, meaning in ((_ERROR, ERROR), (_UNCALCULATED, UNCALCULATED)):
        for column, number in pattern.findall(piece):
            found.say(int(number) - 1, _column(column), meaning)


def _shown_with_zeros(archive: zipfile.ZipFile) -> dict[bytes, int]:
    """The styles of cells that show numbers with zeros before them, and with how many digits."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    text = archive.read("xl/styles.xml")
    digits = {
        known[b"numFmtId"]: len(shown[1])
        for one in _FORMATS.findall(text)
        if (known := dict(_ATTRIBUTE.findall(one))).keys() >= {b"numFmtId", b"formatCode"}
        and (shown := ZEROS.fullmatch(unescape(known[b"formatCode"].decode("utf-8", "replace"))))
    }
    section = _STYLES.search(text)
    styles = _STYLE.findall(section[0]) if section else []
    formats = [dict(_ATTRIBUTE.findall(style)).get(b"numFmtId", b"") for style in styles]
    return {b"%d" % at: digits[one] for at, one in enumerate(formats) if one in digits}


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The text of a part, in pieces that overlap, so that no cell is cut in all of them."""
    kept = b""
    with archive.open(name) as part:
        while piece := part.read(_PIECE):
            yield kept + piece
            kept = (kept + piece)[-_OVERLAP:]


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Where the sheet of that name lies in the archive."""
    try:
        book = archive.read("xl/workbook.xml")
        relations = archive.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return None
    targets = {
        found[b"Id"]: found[b"Target"].decode()
        for text in _RELATION.findall(relations)
        if {b"Id", b"Target"} <= (found := dict(_ATTRIBUTE.findall(text))).keys()
    }
    for text in _SHEET.findall(book):
        found = dict(_ATTRIBUTE.findall(text))
        if unescape(found.get(b"name", b"").decode("utf-8", "replace")) == sheet:
            key = next((v for name, v in found.items() if name.endswith(b":id")), b"")
            target = targets.get(key)
            name = None if target is None else normpath(join("xl", target)).lstrip("/")
            return name if name in archive.namelist() else None
    return None


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
