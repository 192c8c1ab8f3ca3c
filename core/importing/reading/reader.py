"""Starts the process that reads, and hears it out."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from core.importing.reading import limits
from core.importing.reading.child import memory_message
from core.importing.reading.refusals import Unreadable
from core.importing.reading.sheets import Row, Sheet

_ROOT = Path(__file__).parents[3]
#: A line of JSON: a block of rows at their longest.
_LONGEST_LINE = 512 * 1024**2


@dataclass
class File:
    """What is known of a file while it is read: its sheets, once the first rows are there."""

    path: Path
    sheet: str | None = None
    sheets: list[Sheet] = field(default_factory=list)

    async def blocks(self) -> AsyncGenerator[list[Row], None]:
        """The rows that have something in them, some hundreds at a time."""
        process = await self._start()
        assert process.stdout is not None
        is_whole = False
        try:
            async with asyncio.timeout(limits.SECONDS):
                async for line in process.stdout:
                    message = orjson.loads(line)
                    if "rows" in message:
                        yield [Row(**row) for row in message["rows"]]
                    elif "sheets" in message:
                        self.sheets = [Sheet(**sheet) for sheet in message["sheets"]]
                    elif "refused" in message:
                        raise Unreadable(*message["refused"])
                    else:
                        is_whole = True
                code = await process.wait()
        except TimeoutError:
            raise Unreadable("TOO_SLOW", _too_slow(limits.SECONDS)) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if not is_whole:
            raise _death(code)

    async def _start(self) -> Any:
        arguments = [str(self.path)] + ([] if self.sheet is None else [self.sheet])
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "core.importing.reading.child",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LONGEST_LINE,
            # Nothing of ours: no address of a database, no secret.
            env={"PYTHONPATH": str(_ROOT), "PYTHONIOENCODING": "utf-8"},
        )


def _too_slow(seconds: int) -> str:
    return f"Reading the file takes over {seconds} seconds. Send it in parts."


def _death(code: int) -> Unreadable:
    """What the way in which the process died says of the file."""
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return Unreadable("TOO_SLOW", _too_slow(limits.PROCESSOR_SECONDS))
    if code == -signal.SIGABRT:  # so ends who is given no memory
        return Unreadable("TOO_MUCH_MEMORY", memory_message())
    return Unreadable("FILE_DAMAGED", "The file is damaged: no program can read it.")
