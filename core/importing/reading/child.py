"""The process that reads one file: ``python -m core.importing.reading.child PATH [SHEET]``.

A parser may panic, loop or ask for all memory there is: then this process dies of it, and
nobody else. It says what it finds as lines of JSON.
"""

from __future__ import annotations

import resource
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from core.importing.reading import limits
from core.importing.reading.refusals import Unreadable
from core.importing.reading.sheets import Row

_ZIP, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


#: Stands for zeros, which the database takes in no text: no field takes it, so that it is refused.
_SUBSTITUTE = "\x1a"


def main() -> None:
    _limit()
    path, wanted = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None
    try:
        _send(path, wanted)
    except Unreadable as refusal:
        _say({"refused": [refusal.code, refusal.message]})
    except MemoryError:
        _say({"refused": ["TOO_MUCH_MEMORY", memory_message()]})


def memory_message() -> str:
    most = limits.MEMORY_BYTES // 1024**2
    return f"Reading the file takes over {most} MB of memory. Send it in parts."


def _limit() -> None:
    for what, most in (
        (resource.RLIMIT_AS, limits.MEMORY_BYTES),
        (resource.RLIMIT_CPU, limits.PROCESSOR_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(what, (most, most))


def _send(path: Path, wanted: str | None) -> None:
    sheets, rows = _open(path, wanted)
    _say({"sheets": [replace(sheet, name=_kept(sheet.name)) for sheet in sheets]})
    block: list[Row] = []
    count = characters = 0
    for row in rows:
        cells = _trimmed(row.cells)
        if not cells:
            continue
        count += 1
        characters += sum(map(len, cells))
        if count > limits.MOST_ROWS:
            raise Unreadable(
                "TOO_MANY_ROWS",
                f"The file has more than {limits.MOST_ROWS} rows. Send it in parts.",
            )
        if characters > limits.MOST_CHARACTERS:
            raise Unreadable(
                "TOO_MANY_CHARACTERS",
                f"All cells together have more than {limits.MOST_CHARACTERS} characters.",
            )
        block.append(Row(row.number, cells, row.spread and list(map(_kept, row.spread))))
        if len(block) == limits.BLOCK:
            _say({"rows": block})
            block = []
    _say({"rows": block})
    _say({"end": True})


def _open(path: Path, wanted: str | None) -> tuple[list[Any], Any]:
    with path.open("rb") as file:
        begins = file.read(8)
    if begins.startswith(_ZIP) or begins == _COMPOUND:
        from core.importing.reading import workbooks

        return workbooks.read(path, wanted, is_archive=begins.startswith(_ZIP))
    from core.importing.reading import tables

    return [], tables.read(path)


def _trimmed(cells: list[str]) -> list[str]:
    """The cells up to the last that has something in it, without what no field can take."""
    last = len(cells)
    while last and not cells[last - 1].strip():
        last -= 1
    return list(map(_kept, cells[:last]))


def _kept(text: str) -> str:
    return text[: limits.LONGEST_CELL + 1].replace("\0", _SUBSTITUTE)


def _say(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(message, default=_plain) + b"\n")
    sys.stdout.buffer.flush()


def _plain(value: Any) -> Any:
    if isinstance(value, str):  # half a surrogate pair
        return value.encode("utf-8", "replace").decode()
    raise TypeError


if __name__ == "__main__":
    main()
