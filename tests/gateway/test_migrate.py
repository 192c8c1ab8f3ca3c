"""Migrations: what is applied, and that they build what the models say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, text

from core.kit.settings import Settings, sqlalchemy_url
from gateway.migrate import ANALYSED, at_head, differences, upgrade


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


def test_statistics_follow_what_tenants_write_unless_the_operator_says_how(
    settings: Settings, connection: Connection
) -> None:
    options = text(
        "select c.relname, c.reloptions from pg_class c "
        "join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' "
        "where c.relkind = 'r' and c.relname not like 'test%'"
    )
    ours = [f"{name}={value}" for name, value in ANALYSED.items()]
    found = dict(map(tuple, connection.execute(options)))
    assert len(found) > 50
    assert [name for name, given in found.items() if given != ours] == []

    own = ["autovacuum_analyze_scale_factor=0.5"]
    connection.execute(text("alter table crm_note reset (autovacuum_analyze_threshold)"))
    connection.execute(text(f"alter table crm_note set ({own[0]})"))
    connection.execute(text("alter table core_contact reset (autovacuum_analyze_scale_factor)"))
    connection.execute(text("alter table core_contact reset (autovacuum_analyze_threshold)"))
    connection.commit()
    upgrade(settings)
    after = dict(map(tuple, connection.execute(options)))
    assert (after["crm_note"], after["core_contact"]) == (own, ours)


@pytest.mark.parametrize("revision", ["crm_9999", "core_0001"])
def test_a_database_of_another_release_is_not_up_to_date(
    connection: Connection, revision: str
) -> None:
    connection.execute(
        text("update alembic_version set version_num = :revision where version_num like 'crm%'"),
        {"revision": revision},
    )

    assert not at_head(connection)
