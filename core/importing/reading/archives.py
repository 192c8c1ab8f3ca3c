"""What an XLSX or ODS archive holds, looked at before a parser unpacks it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from posixpath import join, normpath

from core.importing.reading.limits import LAST_ROW, MOST_PARTS, MOST_UNPACKED_BYTES
from core.importing.reading.refusals import Unreadable

#: Read for each member: a document type declaration stands at the very beginning.
_BEGINNING = 8192
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

#: What such a cell reads as; spreadsheets know no such error themselves.
ERROR, UNCALCULATED = "#ERROR!", "#FORMULA!"


def check(path: Path) -> None:
    """Refuse an archive that unpacks to too much, or that says what a document is made of."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_size(members)
            for member in members:
                if member.flag_bits & 1:
                    raise Unreadable("FILE_ENCRYPTED", "The file is protected by a password.")
                if member.filename.lower().endswith((".xml", ".rels")):
                    with archive.open(member) as part:
                        _check_beginning(member.filename, part.read(_BEGINNING))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise Unreadable(
            "FILE_DAMAGED", "The file is damaged: it is not a whole archive."
        ) from error


def _check_size(members: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(member.file_size for member in members)
    if unpacked > MOST_UNPACKED_BYTES or len(members) > MOST_PARTS:
        raise Unreadable(
            "UNPACKS_TO_TOO_MUCH",
            f"The file unpacks to {unpacked // 1024**2} MB in {len(members)} parts; "
            f"{MOST_UNPACKED_BYTES // 1024**2} MB and {MOST_PARTS} are allowed.",
        )


def _check_beginning(name: str, beginning: bytes) -> None:
    # As UTF-16 it would have a zero byte between the letters.
    if b"<!doctype" in beginning.replace(b"\0", b"").lower():
        raise Unreadable(
            "DOCUMENT_TYPE",
            f"'{name[:80]}' in the file declares a document type, which no spreadsheet does.",
        )


class Marks:
    """Cells of an XLSX sheet that a parser reads as blank although they are not.

    By row and column, both from 0.
    """

    def __init__(self) -> None:
        self._found: dict[int, dict[int, str]] = {}

    @classmethod
    def of(cls, path: Path, sheet: str) -> Marks:
        marks = cls()
        with zipfile.ZipFile(path) as archive:
            name = _part(archive, sheet)
            if name is not None:
                for piece in _pieces(archive, name):
                    marks._look(piece)
        return marks

    def at(self, row: int) -> dict[int, str]:
        return self._found.get(row, {})

    def _look(self, piece: bytes) -> None:
        for row in _ROW.findall(piece):
            if int(row) > LAST_ROW:
                raise Unreadable(
                    "ROW_TOO_FAR", f"The sheet has a row {row.decode()}; the last is {LAST_ROW}."
                )
        for pattern, meaning in ((_ERROR, ERROR), (_UNCALCULATED, UNCALCULATED)):
            for column, number in pattern.findall(piece):
                self._found.setdefault(int(number) - 1, {})[_column(column)] = meaning


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The text of a part, in pieces that overlap, so that no cell is cut in all of them."""
    kept = b""
    with archive.open(name) as part:
        while piece := part.read(_PIECE):
            yield kept + piece
            kept = (kept + piece)[-_OVERLAP:]


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Where the sheet of that name lies in the archive."""
    from html import unescape

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
