"""The public audit suite of GraphQL over HTTP: every MUST and every SHOULD."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.toy import Toy, serving

AUDIT = Path(__file__).with_name("audit")

pytestmark = pytest.mark.skipif(shutil.which("npm") is None, reason="the audits need node and npm")


async def test_every_must_and_should_of_the_specification_holds(toy: Toy, tmp_path: Path) -> None:
    for file in AUDIT.iterdir():
        shutil.copy(file, tmp_path)
    await _run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", at=tmp_path)

    async with serving(toy.app) as url:
        printed = await _run("node", "audit.mjs", f"{url}/graphql", "good", at=tmp_path)

    results: list[dict[str, Any]] = json.loads(printed)
    assert [r for r in results if r["status"] != "ok"] == []  # the MAYs hold too
    assert Counter(r["name"].split()[0] for r in results) == {"MUST": 13, "SHOULD": 23, "MAY": 25}


async def _run(*command: str, at: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=at, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    printed, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    return printed.decode()
