"""Which files are taken, and whether one is what it says it is: pure functions on values."""

from __future__ import annotations

import codecs
import re
import zipfile
from dataclasses import dataclass
from typing import BinaryIO

from core.kit.errors import Refused
from core.kit.text import checked

MAX_BYTES = 20 * 1024 * 1024
#: Of a spreadsheet, which may be imported.
MAX_SHEET_BYTES = 100 * 1024 * 1024
NAME_LENGTH = 200
OFFICE = "application/vnd.openxmlformats-officedocument."
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ZIP = b"PK\x03\x04"
#: Files of Excel before 2007, and later ones behind a password.
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Kind:
    """A type of file: its endings, and what its first bytes, or parts of its archive, are."""

    endings: tuple[str, ...]
    begins: tuple[bytes, ...] = ()
    parts: frozenset[str] = frozenset()
    #: Whether it can be imported.
    is_sheet: bool = False
    #: Whether it may be in another encoding than UTF-8, as spreadsheet programs write it.
    any_encoding: bool = False

    @property
    def most_bytes(self) -> int:
        return MAX_SHEET_BYTES if self.is_sheet else MAX_BYTES

    @property
    def is_text(self) -> bool:
        return not self.begins


KINDS: dict[str, Kind] = {
    "image/png": Kind((".png",), (b"\x89PNG\r\n\x1a\n",)),
    "image/jpeg": Kind((".jpg", ".jpeg"), (b"\xff\xd8\xff",)),
    "image/gif": Kind((".gif",), (b"GIF87a", b"GIF89a")),
    "image/webp": Kind((".webp",), (b"RIFF",)),
    "application/pdf": Kind((".pdf",), (b"%PDF-",)),
    f"{OFFICE}spreadsheetml.sheet": Kind(
        (".xlsx",),
        (ZIP, COMPOUND),
        frozenset({"[Content_Types].xml", "xl/workbook.xml"}),
        is_sheet=True,
    ),
    ODS: Kind((".ods",), (ZIP,), frozenset({"META-INF/manifest.xml", "content.xml"}), True),
    "application/vnd.ms-excel": Kind((".xls",), (COMPOUND,), is_sheet=True),
    f"{OFFICE}wordprocessingml.document": Kind(
        (".docx",), (ZIP,), frozenset({"[Content_Types].xml", "word/document.xml"})
    ),
    "text/plain": Kind((".txt",)),
    "text/csv": Kind((".csv",), is_sheet=True, any_encoding=True),
}
SPREADSHEETS = frozenset(type_ for type_, kind in KINDS.items() if kind.is_sheet)


def content_type(given: str) -> str:
    """The type without its parameters, if it is one that is taken."""
    found = given.partition(";")[0].strip().lower()
    if found not in KINDS:
        message = f"Files of the type '{given[:80]}' are not taken. Those are: {', '.join(KINDS)}."
        raise Refused("FILE_TYPE_NOT_TAKEN", message, "contentType")
    return found


def filename(given: str, type_: str) -> str:
    """A name without folders, whose ending is one of the type's."""
    name = checked(re.split(r"[/\\]", given)[-1], "filename", NAME_LENGTH)
    if name is None:
        raise Refused("TEXT_REQUIRED", "The file needs a name.", "filename")
    if not name.lower().endswith(KINDS[type_].endings):
        endings = " or ".join(KINDS[type_].endings)
        message = f"The name of a file of the type {type_} ends with {endings}: '{name}' doesn't."
        raise Refused("FILENAME_MISMATCH", message, "filename")
    return name


def size(given: int, type_: str) -> int:
    if given < 1:
        raise Refused("FILE_EMPTY", "The file is empty.", "size")
    if given > (most := KINDS[type_].most_bytes):
        message = f"The file has {given} bytes; {most} are allowed."
        raise Refused("FILE_TOO_LARGE", message, "size")
    return given


class Sniffer:
    """Looks at a file as it comes in, piece by piece, and says whether it is of its type."""

    def __init__(self, type_: str) -> None:
        self._kind = KINDS[type_]
        self._is_webp = type_ == "image/webp"
        self._head = b""
        self._text = codecs.getincrementaldecoder("utf-8")() if self._kind.is_text else None
        self.fits = True

    def feed(self, piece: bytes) -> None:
        if len(self._head) < 16:
            self._head += piece[: 16 - len(self._head)]
        if self._text is None or not self.fits:
            return
        if self._kind.any_encoding:
            # Of the others, Windows-1252 means something by almost every byte.
            self.fits = self._head.startswith(_UTF_16) or _CONTROLS.search(piece) is None
        else:
            self.fits = _CONTROLS.search(piece) is None and _decodes(self._text, piece)

    def end(self, file: BinaryIO) -> bool:
        """Whether it was all of its type; *file* is the whole of it."""
        if self._text is not None and self._kind.any_encoding:
            return self.fits
        if self._text is not None:
            return self.fits and _decodes(self._text, b"", final=True)
        if not self._head.startswith(self._kind.begins):
            return False
        if self._is_webp and self._head[8:12] != b"WEBP":
            return False
        if self._head.startswith(COMPOUND):  # whoever imports it looks into it
            return True
        return not self._kind.parts or _has_parts(file, self._kind.parts)


def _decodes(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True


def _has_parts(file: BinaryIO, parts: frozenset[str]) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError):
        return False
    return parts <= names
