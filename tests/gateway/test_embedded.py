"""The embedded servers run for as long as a block, wherever its directory lies."""

from __future__ import annotations

from pathlib import Path

import psycopg
from redis import Redis

from gateway import embedded
from tests.gateway.serving import left_over


def test_postgresql_keeps_its_data_and_valkey_does_not(tmp_path: Path) -> None:
    for _ in range(2):
        with (
            embedded.postgres(tmp_path / "pg", durable=False) as url,
            psycopg.connect(url) as connection,
        ):
            connection.execute("create table if not exists kept (n int)")
            connection.execute("insert into kept values (1)")
            rows = connection.execute("select count(*) from kept").fetchone()
    for _ in range(2):
        with embedded.valkey(tmp_path / "valkey") as url, Redis.from_url(url) as client:
            counted = client.incr("n")

    assert rows == (2,)
    assert counted == 1
    assert left_over(tmp_path) == []


def test_a_directory_too_deep_for_a_socket_gets_a_short_one_that_goes_with_it(
    tmp_path: Path,
) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()

    with embedded.postgres(deep / "pg", durable=False) as url:
        socket_directory = Path(url.partition("host=")[2])
        with psycopg.connect(url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)

    assert socket_directory.parent == Path("/tmp")
    assert not socket_directory.exists()


def test_a_server_that_another_run_left_is_ended_first(tmp_path: Path) -> None:
    directory = tmp_path / "pg"
    with (
        embedded.postgres(directory, durable=False),
        embedded.postgres(directory, durable=False) as url,
        psycopg.connect(url) as connection,
    ):
        assert connection.execute("select 1").fetchone() == (1,)

    assert left_over(tmp_path) == []
