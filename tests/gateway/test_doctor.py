"""``fieldgate doctor`` says what is wrong with a machine and what to do about it."""

from __future__ import annotations

from pathlib import Path

from tests.gateway.serving import fieldgate


def test_a_fresh_machine_is_fine(tmp_path: Path) -> None:
    doctor = fieldgate(tmp_path / "home", "doctor", FIELDGATE_PORT="0")

    assert doctor.returncode == 0, doctor.stdout
    assert "embedded: postgres (PostgreSQL) 18" in doctor.stdout


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://owner:hidden@127.0.0.1:1/fieldgate"

    doctor = fieldgate(tmp_path / "home", "doctor", DATABASE_URL=url)

    assert doctor.returncode == 1
    assert "The database at postgresql://owner@127.0.0.1:1/fieldgate can't be" in doctor.stdout
    assert "correct DATABASE_URL" in doctor.stdout
    assert "hidden" not in doctor.stdout


def test_a_redis_that_does_not_answer_is_named(tmp_path: Path) -> None:
    doctor = fieldgate(tmp_path / "home", "doctor", REDIS_URL="redis://127.0.0.1:1/0")

    assert doctor.returncode == 1
    assert "Redis at redis://127.0.0.1:1/0 can't be reached" in doctor.stdout


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    doctor = fieldgate(tmp_path / "home", "doctor", FIELDGATE_HOME=str(tmp_path / "file" / "home"))

    assert doctor.returncode == 1
    assert "Set FIELDGATE_HOME to a directory of yours." in doctor.stdout
