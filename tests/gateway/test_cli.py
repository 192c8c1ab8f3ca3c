"""The commands explain themselves, and answer a wrong setting with one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.serving import fieldgate

COMMANDS = ["serve", "migrate", "revision", "schema", "modules", "demo", "nightly", "doctor"]


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


def test_the_schema_snapshot_is_written_and_compared(tmp_path: Path) -> None:
    home = tmp_path / "home"
    written = fieldgate(home, "schema", "--write")
    same = fieldgate(home, "schema", "--check")
    with (tmp_path / "schema.graphql").open("a") as snapshot:
        snapshot.write("type Forgotten { id: ID! }\n")
    changed = fieldgate(home, "schema", "--check")

    assert (written.returncode, same.returncode, changed.returncode) == (0, 0, 1)
    assert "-type Forgotten { id: ID! }" in changed.stdout
    assert changed.stderr == ("schema.graphql is out of date. Run: fieldgate schema --write\n")


def test_the_modules_are_listed_with_what_they_need(tmp_path: Path) -> None:
    shown = fieldgate(tmp_path / "home", "modules").stdout.splitlines()

    assert shown[0].split() == ["module", "title", "needs", "permissions"]
    assert shown[1].startswith("core ")
