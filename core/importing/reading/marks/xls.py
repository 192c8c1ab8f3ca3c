"""The marks of a sheet of an old Excel workbook: records in a stream of a compound file."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

from core.importing.reading.marks.found import ERROR, Marks
from core.importing.reading.marks.xlsx import ZEROS
from core.importing.reading.refusals import Unreadable

_FORMULA, _EOF, _SHEET, _FORMAT, _STYLE = 0x06, 0x0A, 0x85, 0x41E, 0xE0
_TRUTH_OR_ERROR, _NUMBER, _SHORT_NUMBER, _SHORT_NUMBERS = 0x205, 0x203, 0x27E, 0xBD
_PASSWORD, _BEGIN, _OF_1997 = 0x2F, 0x809, 0x600
#: Where a chain of sectors ends; also what is no sector at all.
_NO_SECTOR = 0xFFFFFFFA


def marks(data: bytes, place: int) -> Marks:
    """Those of the sheet at *place*, from 0, in the order of the workbook."""
    try:
        return _marks(_Compound(data).workbook(), place)
    except (struct.error, IndexError) as error:
        raise Unreadable("FILE_DAMAGED", "The file is damaged, or not a workbook.") from error


def is_encrypted(data: bytes) -> bool:
    """Whether the workbook is behind a password; what is no workbook is not."""
    try:
        stream = _Compound(data).workbook()
        return any(kind == _PASSWORD for kind, _ in _records(stream, 0))
    except (struct.error, IndexError):
        return False


def _marks(stream: bytes, place: int) -> Marks:
    found = Marks()
    sheets: list[int] = []
    formats: dict[int, int] = {}
    styles: list[int] = []
    is_new = True
    for kind, record in _records(stream, 0):
        if kind == _BEGIN:
            is_new = struct.unpack_from("<H", record)[0] == _OF_1997
        elif kind == _SHEET:
            sheets.append(struct.unpack_from("<I", record)[0])
        elif kind == _STYLE:
            styles.append(struct.unpack_from("<H", record, 2)[0])
        elif kind == _FORMAT and (shown := ZEROS.fullmatch(_format(record, is_new=is_new))):
            formats[struct.unpack_from("<H", record)[0]] = len(shown[1])
    digits = {at: formats[one] for at, one in enumerate(styles) if one in formats}
    for kind, record in _records(stream, sheets[place]):
        _note(found, digits, kind, record)
    return found


def _note(found: Marks, digits: dict[int, int], kind: int, record: bytes) -> None:
    if kind == _SHORT_NUMBERS:
        row, first = struct.unpack_from("<HH", record)
        for at in range((len(record) - 6) // 6):
            style = struct.unpack_from("<H", record, 4 + 6 * at)[0]
            if style in digits:
                found.pad(row, first + at, digits[style])
        return
    if kind not in (_FORMULA, _TRUTH_OR_ERROR, _NUMBER, _SHORT_NUMBER):
        return
    row, column, style = struct.unpack_from("<HHH", record)
    is_error = (kind == _TRUTH_OR_ERROR and record[7] == 1) or (
        kind == _FORMULA and record[12:14] == b"\xff\xff" and record[6] == 2
    )
    if is_error:
        found.say(row, column, ERROR)
    elif style in digits and kind != _TRUTH_OR_ERROR:
        found.pad(row, column, digits[style])


def _format(record: bytes, *, is_new: bool) -> str:
    if not is_new:
        return record[3:].decode("latin-1")
    length, is_wide = struct.unpack_from("<HB", record, 2)
    size = length * (1 + (is_wide & 1))
    return record[5 : 5 + size].decode("utf-16-le" if is_wide & 1 else "latin-1", "replace")


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """From *at* to the end of what begins there."""
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size]
        if kind == _EOF:
            return
        at += 4 + size


class _Compound:
    """A file that holds others, in sectors that are chained by a table."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        size, small_size = struct.unpack_from("<HH", data, 30)
        if size not in (9, 12) or small_size != 6:
            raise IndexError("Its sectors have no size that there is.")
        self._size, self._small = 1 << size, 1 << small_size
        self._first = struct.unpack_from("<I", data, 48)[0]
        self._least, small, _, more, _ = struct.unpack_from("<5I", data, 56)
        tables = list(struct.unpack_from("<109I", data, 76))
        while more < _NO_SECTOR and len(tables) <= len(data) // self._size:
            *found, more = self._numbers(self._sector(more))
            tables += found
        self._next: list[int] = []
        for table in tables:
            if table < _NO_SECTOR:
                self._next += self._numbers(self._sector(table))
        self._next_small = self._numbers(self._chain(small))

    def workbook(self) -> bytes:
        """The stream that has the sheets."""
        directory = self._chain(self._first)
        entries = [directory[at : at + 128] for at in range(0, len(directory), 128)]
        for entry in entries:
            if _called(entry) in ("Workbook", "Book"):
                first, size = struct.unpack_from("<II", entry, 116)
                if size >= self._least:
                    return self._chain(first)[:size]
                held = self._chain(struct.unpack_from("<I", entries[0], 116)[0])
                return self._small_chain(held, first)[:size]
        raise IndexError("There is no workbook in it.")

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._size
        return self._data[at : at + self._size]

    def _chain(self, first: int) -> bytes:
        return b"".join(self._sector(number) for number in _way(first, self._next))

    def _small_chain(self, held: bytes, first: int) -> bytes:
        size = self._small
        return b"".join(held[n * size : (n + 1) * size] for n in _way(first, self._next_small))

    @staticmethod
    def _numbers(data: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))


def _way(first: int, following: list[int]) -> Iterator[int]:
    """The sectors of a chain, which no circle makes longer than there are sectors."""

    def steps() -> Iterator[int]:
        number = first
        while number < _NO_SECTOR:
            yield number
            number = following[number]

    return islice(steps(), len(following))


def _called(entry: bytes) -> str:
    length = struct.unpack_from("<H", entry, 64)[0]
    return entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
