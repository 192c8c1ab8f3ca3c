"""Tenants' keys of providers: sealed in the database, opened for their tenant alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import Connection, create_engine, text

from core.kit.sealing import Seal, Unreadable
from core.kit.settings import ConfigurationError, Settings, new_key, sqlalchemy_url
from gateway import migrate
from gateway.sealed import seal_anew
from plugins.crm.services.addresses.asking import Chosen, Desk
from tests.cast import Tenant

KEY = "AIza-very-secret"
#: All that these tests have sealed with.
MADE: list[str] = []
SET = {"addressProvider": "GOOGLE", "addressKey": KEY}


def another() -> str:
    MADE.append(new_key())
    return MADE[-1]


def keyed(tenant: Tenant, *keys: str) -> Tenant:
    """The same tenant, of an installation with these keys."""
    given = Settings.model_validate({"encryption_keys": ",".join(keys)}).encryption_keys
    plain = tenant.house.settings.model_dump(exclude={"seals", "secret"})
    settings = Settings.model_validate({**plain, "encryption_keys": given})
    return replace(tenant, house=replace(tenant.house, settings=settings))


async def kept(tenant: Tenant) -> Any:
    return await tenant.house.owner.fetchval(
        "select address_key from crm_site_settings where tenant_id = $1", tenant.id
    )


def opened(tenant: Tenant, sealed: str) -> str | None:
    desk: Any = Desk({}, tenant.house.settings, None, tenant.id, Chosen("GOOGLE", sealed, "", ""))  # type: ignore[arg-type]
    found: str | None = desk._own_key()
    return found


async def test_a_key_is_sealed_in_the_database_and_shown_to_nobody(tenant: Tenant) -> None:
    asked = keyed(tenant, another())
    shown = await asked.do("siteSettingsUpdate", "siteSettings { hasAddressKey }", **SET)

    sealed = await kept(asked)
    everything = await asked.house.owner.fetch(
        "select changes::text from core_audit_entry where tenant_id = $1", asked.id
    )
    assert shown["siteSettings"] == {"hasAddressKey": True}
    assert KEY not in sealed
    assert not any(KEY in row["changes"] or sealed in row["changes"] for row in everything)
    assert opened(asked, sealed) == KEY


async def test_keys_are_changed_while_everything_runs(tenant: Tenant, other_tenant: Tenant) -> None:
    old, new = another(), another()
    before, between, after = keyed(tenant, old), keyed(tenant, new, old), keyed(tenant, new)
    await before.do("siteSettingsUpdate", **SET)
    sealed = await kept(tenant)
    assert opened(between, sealed) == KEY
    assert Seal([new]).open(tenant.id, Seal([new, old]).anew(sealed)) == KEY
    with pytest.raises(Unreadable):
        Seal([new]).anew(sealed)
    with pytest.raises(Exception, match="None of the keys"):
        opened(after, sealed)
    with pytest.raises(Unreadable, match="another tenant"):
        Seal([old]).open(other_tenant.id, sealed)


async def test_all_that_is_sealed_is_sealed_anew_or_nothing(tenant: Tenant) -> None:
    old, new, own = another(), another(), tenant.house.settings.seals
    await keyed(tenant, old).do("siteSettingsUpdate", **SET)
    sealed = await kept(tenant)

    with pytest.raises(Unreadable):
        seal_anew(keyed(tenant, new).house.settings)
    assert await kept(tenant) == sealed

    assert seal_anew(keyed(tenant, new, *MADE, *own).house.settings) > 0
    assert opened(keyed(tenant, new), await kept(tenant)) == KEY
    seal_anew(keyed(tenant, *own, new).house.settings)  # as the other tests have it
    assert opened(tenant, await kept(tenant)) == KEY


def test_a_seal_is_of_a_tenant_and_says_nothing() -> None:
    seal, tenant = Seal([new_key()]), uuid4()
    first, second = seal.close(tenant, "clé"), seal.close(tenant, "clé")
    assert first != second
    assert [seal.open(tenant, each) for each in (first, second)] == ["clé", "clé"]
    with pytest.raises(Unreadable):
        seal.open(tenant, first[:-4] + "AAAA")


def test_while_developing_a_key_is_made_that_only_its_owner_reads(tmp_path: Path) -> None:
    found = Settings.model_validate({"home": tmp_path}).seals
    kept = tmp_path / "encryption-key"
    assert found == [kept.read_text()] == Settings.model_validate({"home": tmp_path}).seals
    assert kept.stat().st_mode & 0o777 == 0o600
    assert re.fullmatch(r"[\w-]{43}=", found[0])


def test_in_production_a_key_must_be_given(tmp_path: Path) -> None:
    bare = Settings.model_validate({"home": tmp_path, "environment": "production"})
    with pytest.raises(ConfigurationError, match="fieldgate key"):
        _ = bare.seals
    with pytest.raises(ValueError, match="fieldgate key"):
        Settings.model_validate({"encryption_keys": "tooshort"})


async def test_without_a_key_of_its_own_an_installation_takes_no_tenants_key(
    tenant: Tenant, tmp_path: Path
) -> None:
    plain = tenant.house.settings.model_dump(exclude={"seals", "secret"})
    bare = Settings.model_validate({**plain, "home": tmp_path, "environment": "production"})
    asked = replace(tenant, house=replace(tenant.house, settings=bare))

    assert await asked.refused("siteSettingsUpdate", **SET) == [
        ("ENCRYPTION_KEY_MISSING", "addressKey")
    ]
    assert await kept(asked) is None


@contextmanager
def before_sealing(tenant: Tenant, key: str | None) -> Iterator[Connection]:
    """The database as it was when keys were kept as they are: then *tenant* alone has one.

    All of it is taken back in the end.
    """
    url = sqlalchemy_url(tenant.house.settings.owner_database_url, "psycopg")
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("update crm_site_settings set address_key = null"))
        connection.execute(
            text("update crm_site_settings set address_key = :key where tenant_id = :tenant"),
            {"key": key, "tenant": tenant.id},
        )
        connection.execute(
            text("update alembic_version set version_num = :to where version_num like 'crm%'"),
            {"to": "crm_0010"},
        )
        yield connection
        connection.rollback()
    engine.dispose()


def seal_plain(connection: Connection, settings: Settings) -> None:
    config = migrate._config(connection)
    config.attributes["settings"] = settings
    command.upgrade(config, "crm_0011")


def keys_of(connection: Connection) -> dict[Any, str | None]:
    rows = connection.execute(text("select tenant_id, address_key from crm_site_settings"))
    return {row.tenant_id: row.address_key for row in rows}


async def test_keys_that_were_kept_as_they_are_are_sealed_by_a_migration_and_good_as_before(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    first, second = another(), another()
    asked = keyed(tenant, first, second)
    await asked.do("siteSettingsUpdate", **SET)
    await other_tenant.do("siteSettingsUpdate", addressProvider="IGN")
    with before_sealing(asked, KEY) as connection:
        seal_plain(connection, asked.house.settings)
        found = keys_of(connection)

    sealed = found.pop(asked.id)
    assert sealed is not None
    assert KEY not in sealed
    assert set(found.values()) == {None}
    assert opened(asked, sealed) == KEY
    assert opened(keyed(tenant, first), sealed) == KEY  # the first of the keys has sealed it
    with pytest.raises(Unreadable, match="another tenant"):
        Seal([first]).open(other_tenant.id, sealed)


async def test_keys_that_nothing_can_seal_stop_the_migration_with_a_sentence(
    tenant: Tenant, tmp_path: Path
) -> None:
    await keyed(tenant, another()).do("siteSettingsUpdate", **SET)
    bare = Settings.model_validate({"home": tmp_path, "environment": "production"})
    with before_sealing(tenant, KEY) as connection:
        with pytest.raises(ConfigurationError, match="FIELDGATE_ENCRYPTION_KEYS is not set"):
            seal_plain(connection, bare)
        assert keys_of(connection)[tenant.id] == KEY
        assert not migrate.at_head(connection)

    with before_sealing(tenant, None) as connection:  # nothing to seal, no key needed
        seal_plain(connection, bare)
        assert set(keys_of(connection).values()) == {None}
