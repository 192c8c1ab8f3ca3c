"""Log lines carry what the endpoint has bound, as JSON in production and readable elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys

PROGRAM = """
import logging, structlog
from core.kit.settings import Settings
from gateway.logs import configure

configure(Settings())
structlog.contextvars.bind_contextvars(request="r1", tenant="acme", operation="Overview")
structlog.get_logger("fieldgate").info("answered", statements=3)
logging.getLogger("a.library").warning("%d left", 2)
logging.getLogger("a.library").debug("never shown")
"""


def lines(environment: str) -> list[str]:
    """What the program above writes; in its own process, since logging is the process's."""
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "FIELDGATE_ENVIRONMENT": environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stderr.splitlines()


def test_production_writes_one_json_object_a_line() -> None:
    ours, library = map(json.loads, lines("production"))

    bound = {"request": "r1", "tenant": "acme", "operation": "Overview"}
    assert ours.pop("timestamp").endswith("Z")
    assert ours == {
        "event": "answered", "level": "info", "logger": "fieldgate", "statements": 3, **bound,
    }  # fmt: skip
    assert (library["event"], library["level"], library["tenant"]) == ("2 left", "warning", "acme")


def test_development_writes_lines_to_read() -> None:
    ours, library = lines("development")

    assert "answered" in ours
    assert "tenant=acme" in ours
    assert "2 left" in library
