"""The schema explains itself, and the migrations make the models."""

from __future__ import annotations

import re

from sqlalchemy import NullPool, create_engine

from core.kit.settings import Settings, sqlalchemy_url
from gateway import migrate
from gateway.modules import load_modules
from gateway.schema import schema_of

SDL = schema_of(load_modules()).as_str()


def test_every_mutation_says_what_it_refuses() -> None:
    mutations = re.search(r"type Mutation \{(.*?)\n\}", SDL, re.S)
    assert mutations is not None
    described = re.findall(r'"""(.*?)"""\s*(\w+)\(', mutations[1], re.S)

    assert [name for text, name in described if "Refuses" not in text] == []


def test_migrations_make_what_the_models_say(settings: Settings) -> None:
    engine = create_engine(
        sqlalchemy_url(settings.owner_database_url, "psycopg"), poolclass=NullPool
    )
    with engine.connect() as connection:
        assert migrate.differences(connection) == []
        assert migrate.at_head(connection)
