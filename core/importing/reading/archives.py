"""What an XLSX or ODS archive holds, looked at before a parser unpacks it."""

from __future__ import annotations

import zipfile
from pathlib import Path

from core.importing.reading.limits import MOST_PARTS, MOST_UNPACKED_BYTES
from core.importing.reading.refusals import Unreadable

#: Read for each member: a document type declaration stands at the very beginning.
_BEGINNING = 8192
#: Of an OpenDocument archive; it says which parts are behind a password.
_MANIFEST = "META-INF/manifest.xml"


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
                if member.filename == _MANIFEST and b"encryption-data" in archive.read(member):
                    raise Unreadable("FILE_ENCRYPTED", "The file is protected by a password.")
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


def is_open_document(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return "content.xml" in archive.namelist()
