"""Seals what the database keeps sealed anew, with the first of the keys."""

from __future__ import annotations

from sqlalchemy import create_engine, select, update

from core.kit.db import Base
from core.kit.sealing import Seal
from core.kit.settings import Settings, sqlalchemy_url
from gateway.modules import load_modules


def seal_anew(settings: Settings) -> int:
    """How many values of all tenants were sealed; nothing is, if one of them can't be opened."""
    load_modules()  # whose tables they are in
    seal, count = Seal.of(settings), 0
    engine = create_engine(sqlalchemy_url(settings.owner_database_url, "psycopg"))
    try:
        with engine.begin() as connection:
            for table in Base.metadata.sorted_tables:
                for column in (c for c in table.c if c.info.get("sealed")):
                    keys = list(table.primary_key)
                    rows = select(*keys, column).where(column.is_not(None)).with_for_update()
                    for *key, sealed in connection.execute(rows):
                        here = [c == value for c, value in zip(keys, key, strict=True)]
                        connection.execute(
                            update(table).where(*here).values({column: seal.anew(sealed)})
                        )
                        count += 1
    finally:
        engine.dispose()
    return count
