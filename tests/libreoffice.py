"""A spreadsheet program that opens files and saves them again."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

import pytest

SOFFICE = shutil.which("soffice")
needed = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LibreOffice's own: to make one takes it longer than most files."""
    return tmp_path_factory.mktemp("libreoffice")


async def converted(profile: Path, ending: str, *contents: bytes) -> list[bytes]:
    """What LibreOffice makes of workbooks, opening and saving them; it is started once for all."""
    assert SOFFICE is not None
    with tempfile.TemporaryDirectory() as name:
        sent = [Path(name, f"{number}.xlsx") for number in range(len(contents))]
        for path, content in zip(sent, contents, strict=True):
            await asyncio.to_thread(path.write_bytes, content)
        process = await asyncio.create_subprocess_exec(
            SOFFICE, "--headless", f"-env:UserInstallation=file://{profile}",
            "--convert-to", ending, "--outdir", f"{name}/out", *map(str, sent),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await asyncio.wait_for(process.wait(), 120)
        saved = [Path(name, "out", f"{path.stem}.{ending}") for path in sent]
        return [await asyncio.to_thread(path.read_bytes) for path in saved]
