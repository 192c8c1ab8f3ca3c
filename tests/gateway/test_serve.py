"""``fieldgate serve`` starts everything, mends what crashes, and leaves no process behind."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.gateway.serving import Serving, fieldgate, left_over, serving, wait_until


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose database is made by the first test that serves."""
    return tmp_path_factory.mktemp("serve") / "home"


@pytest.fixture(scope="module")
def running(home: Path) -> Iterator[Serving]:
    with serving(home) as run:
        yield run


def test_it_says_how_to_log_in_and_what_it_says_is_true(running: Serving) -> None:
    answers = [
        httpx.post(
            running.facts["graphql"],
            json={
                "query": "query ($id: ID!) { contact(id: $id) { id } }",
                "variables": {"id": tenant["sampleContactId"]},
            },
            headers={"Authorization": f"Bearer {tenant['token']}"},
        ).json()["data"]
        for tenant in running.facts["tenants"]
    ]

    assert answers == [
        {"contact": {"id": tenant["sampleContactId"]}} for tenant in running.facts["tenants"]
    ]
    assert len(answers) == 2
    for tenant in running.facts["tenants"]:
        assert tenant["login"] in running.output.read_text()
        assert tenant["password"] in running.output.read_text()


def test_what_holds_secrets_is_for_its_owner_alone(running: Serving) -> None:
    modes = {
        name: (running.home / name).stat().st_mode & 0o077
        for name in ("demo.json", "run.json", "secret", "postgres", "logs", "valkey/valkey.conf")
    }

    assert modes == dict.fromkeys(modes, 0)


def test_a_second_serve_is_refused(running: Serving) -> None:
    second = fieldgate(running.home, "serve")

    assert second.returncode == 1
    assert second.stderr == (
        f"fieldgate is already running at {running.facts['url']} (pid {running.process.pid}).\n"
    )


def test_other_commands_use_the_servers_of_a_running_serve(running: Serving) -> None:
    migrate = fieldgate(running.home, "migrate")

    assert (migrate.returncode, migrate.stdout) == (0, "The database is up to date.\n")


def test_the_doctor_finds_nothing_wrong_while_it_runs(running: Serving) -> None:
    doctor = fieldgate(running.home, "doctor")

    assert doctor.returncode == 0, doctor.stdout
    assert f"fieldgate answers at {running.facts['url']}" in doctor.stdout


@pytest.mark.parametrize(
    ("name", "argument"),
    [("web", "web"), ("worker", "worker"), ("beat", "beat"), ("postgres", "-D")],
)
def test_a_crashed_process_is_started_again(running: Serving, name: str, argument: str) -> None:
    (crashed,) = running.pids(argument)

    os.kill(crashed, signal.SIGKILL)
    wait_until(lambda: f"{name} ended (SIGKILL)" in running.output.read_text())

    wait_until(lambda: running.pids(argument) not in ([], [crashed]))
    # First the database recovers, then the web process finds it again.
    wait_until(lambda: running.status("/readyz") == 200)


def test_sigterm_stops_everything(running: Serving) -> None:
    assert running.stop(signal.SIGTERM) == 0
    assert left_over(running.home) == []
    assert not running.facts_file.exists()


def test_after_kill_9_the_next_serve_cleans_up_and_a_closed_terminal_stops_it(home: Path) -> None:
    with serving(home) as killed:
        killed.kill()

        with serving(home) as next_run:
            assert next_run.status("/readyz") == 200
            assert next_run.stop(signal.SIGHUP) == 0

    assert left_over(home) == []


def test_a_second_ctrl_c_hurries(home: Path) -> None:
    with serving(home) as run:
        run.process.send_signal(signal.SIGINT)
        assert run.stop(signal.SIGINT) == 0

    assert left_over(home) == []


def test_a_port_in_use_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        refused = fieldgate(tmp_path / "home", "serve", FIELDGATE_PORT=port)

    assert refused.returncode == 1
    assert refused.stderr == (
        f"127.0.0.1:{port} can't be listened on (Address already in use). "
        "Stop what uses it, or set FIELDGATE_PORT to another port.\n"
    )
    assert left_over(tmp_path) == []
