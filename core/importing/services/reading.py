"""A file becomes rows of a batch, by one step: in another process, a few hundred at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from core.importing.models import ImportBatch
from core.importing.reading import reader
from core.importing.reading.refusals import Unreadable
from core.importing.reading.sheets import Row
from core.importing.rules import headers
from core.importing.rules.headers import Header, Meanings
from core.importing.rules.states import ImportState
from core.importing.services import mappings
from core.importing.services.rows import ROW
from core.kit import bulk
from core.kit.ids import new_id
from core.kit.session import TenantSession
from core.kit.sheets import Column

Progress = Callable[[int], Awaitable[None]]


async def read_file(
    session: TenantSession,
    batch: ImportBatch,
    path: Path,
    columns: Sequence[Column],
    progress: Progress,
) -> None:
    """Keep all rows of the file, and what its headers mean; or say why it can't be read."""
    batch.problem = None  # of an attempt that failed, and is gone on with
    try:
        async with session.begin_nested():
            await _read(session, batch, path, Meanings(columns), progress)
    except Unreadable as refusal:
        batch.state = ImportState.UNREADABLE.value
        batch.row_count = 0
        batch.problem = {"code": refusal.code, "message": refusal.message}


async def _read(
    session: TenantSession, batch: ImportBatch, path: Path, meanings: Meanings, progress: Progress
) -> None:
    file = reader.File(path, batch.worksheet)
    header: Header | None = None
    count = 0
    async with aclosing(file.blocks()) as blocks:
        async for block in blocks:
            if header is None and block:
                header = _header(block, meanings, batch.header_row)
            rows = [row for row in block if header is not None and row.number > header.number]
            await bulk.insert_rows(
                session, ROW, [_kept(row) for row in rows], {"batch_id": batch.id}
            )
            count += len(rows)
            await progress(count)
    if header is None or not count:
        raise Unreadable("NO_ROWS", "There is no row below the headers.")
    batch.worksheets = [sheet.name for sheet in file.sheets]
    batch.hidden_worksheets = [sheet.name for sheet in file.sheets if sheet.is_hidden]
    batch.worksheet = next((sheet.name for sheet in file.sheets if sheet.is_read), None)
    batch.header_row, batch.headers, batch.row_count = header.number, header.texts, count
    batch.mapping = await mappings.proposed(session, batch.sheet, header.texts, meanings)
    batch.state = ImportState.READ.value


def _header(block: Sequence[Row], meanings: Meanings, wanted: int | None) -> Header:
    if wanted is None:
        found = headers.find(block, meanings)
        assert found is not None  # there is a row
        return found
    for place, row in enumerate(block[: headers.DEEPEST]):
        if row.number == wanted:
            return headers.header_at(block, place, meanings)
    raise Unreadable("HEADER_ROW_EMPTY", f"Row {wanted} is empty: it has no headers.")


def _kept(row: Row) -> dict[str, Any]:
    return {"id": new_id(), "number": row.number, "cells": row.cells}
