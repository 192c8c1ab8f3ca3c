"""The commands explain themselves, and answer a wrong setting with one sentence."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.cli import app
from tests.gateway.serving import fieldgate

COMMANDS = ["serve", "migrate", "revision", "schema", "modules", "demo", "nightly", "doctor"]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., int]]:
    """Runs a command to its end in this process, which knows the modules: its exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    on_sigterm = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["fieldgate", *arguments])
        with pytest.raises(SystemExit) as ended:
            app()
        return int(ended.value.code or 0)

    yield run
    signal.signal(signal.SIGTERM, on_sigterm)


def test_help_lists_every_command(tmp_path: Path) -> None:
    shown = fieldgate(tmp_path / "home", "--help").stdout

    assert [command for command in COMMANDS if f"│ {command} " not in shown] == []


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("FIELDGATE_PORT", "http", "FIELDGATE_PORT is 'http': Input should be a valid integer"),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL is 'mysql://x': must start with postgresql://"),
        ("REDIS_URL", "valkey://x", "REDIS_URL is 'valkey://x': must start with redis://"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, setting: str, value: str, sentence: str) -> None:
    refused = fieldgate(tmp_path / "home", "migrate", **{setting: value})

    assert refused.returncode == 1
    assert refused.stderr.startswith(sentence)
    assert refused.stderr.count("\n") == 1


def test_an_unknown_command_is_a_usage_error(tmp_path: Path) -> None:
    assert fieldgate(tmp_path / "home", "server").returncode == 2


def test_the_schema_snapshot_is_written_and_compared(
    command: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written, same = command("schema", "--write"), command("schema", "--check")
    with (tmp_path / "schema.graphql").open("a") as snapshot:
        snapshot.write("type Forgotten { id: ID! }\n")
    capsys.readouterr()
    changed = command("schema", "--check")

    assert (written, same, changed) == (0, 0, 1)
    said = capsys.readouterr()
    assert "-type Forgotten { id: ID! }" in said.out
    assert said.err == "schema.graphql is out of date. Run: fieldgate schema --write\n"


def test_the_modules_are_listed_with_what_they_need(
    command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("modules") == 0
    shown = capsys.readouterr().out.splitlines()

    assert shown[0].split() == ["module", "title", "needs", "permissions"]
    assert shown[1].startswith("core ")
