"""Settings give one address in the forms its readers want, and the application its own role."""

from __future__ import annotations

import hmac
from pathlib import Path

import pytest

from core.kit.settings import ConfigurationError, Settings, sqlalchemy_url, with_role

SOCKET = "postgresql://postgres@/postgres?host=/run/fieldgate"
REMOTE = "postgres://owner:s%40cret@db.example:6432/app?sslmode=require&user=other"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", database_url=SOCKET, given_secret=None)


def test_the_application_role_reaches_the_same_database_with_a_derived_password(
    settings: Settings,
) -> None:
    password = hmac.digest(settings.secret.encode(), b"database role", "sha256").hex()

    assert settings.app_database_url == (
        f"postgresql://fieldgate_app:{password}@/postgres?host=/run/fieldgate"
    )


def test_a_role_replaces_every_other_user_of_an_address() -> None:
    assert with_role(REMOTE, "app", "a/b") == (
        "postgres://app:a%2Fb@db.example:6432/app?sslmode=require"
    )


def test_sqlalchemy_is_told_the_driver_and_what_asyncpg_calls_sslmode() -> None:
    assert sqlalchemy_url(SOCKET, "psycopg") == (
        "postgresql+psycopg://postgres@/postgres?host=/run/fieldgate"
    )
    assert sqlalchemy_url(REMOTE, "asyncpg") == (
        "postgresql+asyncpg://owner:s%40cret@db.example:6432/app?ssl=require&user=other"
    )


def test_the_secret_is_made_once_and_for_its_owner_alone(settings: Settings) -> None:
    again = Settings(home=settings.home, given_secret=None)

    assert len(settings.secret) == 64
    assert again.secret == settings.secret
    assert (settings.home / "secret").stat().st_mode & 0o777 == 0o600


def test_a_missing_database_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)

    with pytest.raises(ConfigurationError, match="DATABASE_URL is not set"):
        _ = Settings(home=tmp_path).owner_database_url
