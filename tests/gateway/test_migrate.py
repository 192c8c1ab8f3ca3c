"""Migrations: what is applied, and that they build what the models say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, text

from core.kit.settings import Settings, sqlalchemy_url
from gateway.migrate import at_head, differences


@pytest.fixture
def connection(settings: Settings) -> Iterator[Connection]:
    engine = create_engine(sqlalchemy_url(settings.owner_database_url, "psycopg"))
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def test_a_migrated_database_is_what_the_models_say(connection: Connection) -> None:
    assert at_head(connection)
    # Tables called test_… are made by tests, beside the migrations.
    left = [
        difference
        for difference in differences(connection)
        if not getattr(difference, "table_name", "").startswith("test_")
    ]
    assert left == []


@pytest.mark.parametrize("revision", ["crm_9999", "core_0001"])
def test_a_database_of_another_release_is_not_up_to_date(
    connection: Connection, revision: str
) -> None:
    connection.execute(
        text("update alembic_version set version_num = :revision where version_num like 'crm%'"),
        {"revision": revision},
    )

    assert not at_head(connection)
