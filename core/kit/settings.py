"""What a machine tells the product: where it listens, its databases, its secret."""

from __future__ import annotations

import hmac
import os
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

APP_ROLE = "fieldgate_app"


class ConfigurationError(Exception):
    """A setting is missing or wrong; the message says which and what to do."""


class Settings(BaseSettings):
    """Read from the environment: each field as ``FIELDGATE_<NAME>``."""

    model_config = SettingsConfigDict(
        env_prefix="FIELDGATE_", extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    home: Path = Path(".fieldgate")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    database_url: str | None = Field(
        default=None, validation_alias=AliasChoices("FIELDGATE_DATABASE_URL", "DATABASE_URL")
    )
    redis_url: str | None = Field(
        default=None, validation_alias=AliasChoices("FIELDGATE_REDIS_URL", "REDIS_URL")
    )
    given_secret: SecretStr | None = Field(default=None, validation_alias="FIELDGATE_SECRET")
    #: What secrets of tenants are sealed with in the database: the first seals, all of them open.
    encryption_keys: SecretStr | None = None
    #: A bucket that files are kept in instead of the home: ``s3://bucket/prefix?endpoint=…&region=…``.
    files_url: str | None = None
    files_access_key: str | None = None
    files_secret_key: SecretStr | None = None
    environment: Literal["development", "production"] = "development"
    pool_max_size: int = Field(default=10, ge=1)
    pool_timeout_seconds: float = Field(default=5, gt=0)
    statement_timeout_seconds: float = Field(default=10, gt=0)
    #: How long a login is good for.
    token_hours: float = Field(default=12, gt=0)
    #: Where people reach the gateway: links in mails begin with it.
    public_url: str | None = None
    #: ``smtp://user:password@host:587`` or ``smtps://…``; without one, a development mailbox.
    smtp_url: SecretStr | None = None
    #: Whom mails come from, and bounces go to.
    mail_from: str = "no-reply@localhost.localdomain"
    #: Of one tenant.
    mails_per_minute: int = Field(default=300, ge=1, le=60_000)
    #: Who knows addresses, unless a tenant has chosen another; FRANCE asks nobody.
    address_provider: str = "FRANCE"
    #: Where providers are, and the keys they want: ``{"PHOTON": "https://photon.example.com"}``.
    address_urls: dict[str, str] = Field(default_factory=dict)
    address_keys: dict[str, SecretStr] = Field(default_factory=dict)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] | None = None

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        # Resolved once: children and later commands may run in another directory.
        return home.expanduser().resolve()

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, url: str | None) -> str | None:
        if url is not None and urlsplit(url).scheme not in {"postgresql", "postgres"}:
            raise ValueError("must start with postgresql://")
        return url

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, url: str | None) -> str | None:
        if url is not None and urlsplit(url).scheme not in {"redis", "rediss"}:
            raise ValueError("must start with redis:// or rediss://")
        return url

    @field_validator("smtp_url")
    @classmethod
    def _is_smtp(cls, url: SecretStr | None) -> SecretStr | None:
        parts = urlsplit(url.get_secret_value()) if url is not None else None
        if parts is not None and (parts.scheme not in {"smtp", "smtps"} or not parts.hostname):
            raise ValueError("must be like smtp://user:password@host:587 or smtps://…")
        return url

    @field_validator("files_url")
    @classmethod
    def _is_bucket(cls, url: str | None) -> str | None:
        parts = urlsplit(url or "s3://bucket")
        if parts.scheme != "s3" or not parts.netloc:
            raise ValueError("must be like s3://bucket/prefix?endpoint=https://…&region=…")
        return url

    @field_validator("encryption_keys")
    @classmethod
    def _are_keys(cls, given: SecretStr | None) -> SecretStr | None:
        for key in _keys_in(given.get_secret_value()) if given is not None else ():
            if not re.fullmatch(r"[A-Za-z0-9_-]{43}=", key):
                raise ValueError("must be keys as `fieldgate key` prints them, with commas between")
        return given

    @field_validator("address_urls")
    @classmethod
    def _are_http(cls, urls: dict[str, str]) -> dict[str, str]:
        for url in urls.values():
            parts = urlsplit(url)
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise ValueError("must be addresses that start with https:// or http://")
        return {name: url.rstrip("/") for name, url in urls.items()}

    @field_validator("mail_from")
    @classmethod
    def _is_address(cls, address: str) -> str:
        # It stands in a header and in a command of each mail.
        if not re.fullmatch(r"[!-;=?-~]+@[A-Za-z0-9.-]+", address) or address.count("@") > 1:
            raise ValueError("must be an address like no-reply@example.com")
        return address

    @property
    def mails_go(self) -> bool:
        """Whether there is anywhere that mails go to."""
        return self.smtp_url is not None or self.has_mailbox

    @property
    def has_mailbox(self) -> bool:
        """Whether mails go to the development mailbox, where everybody can look at them."""
        return self.smtp_url is None and self.environment == "development"

    @property
    def public_address(self) -> str:
        """Where people reach the gateway, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @cached_property
    def secret(self) -> str:
        """What tokens and the application role's password are derived from; made once."""
        if self.given_secret is not None:
            return self.given_secret.get_secret_value()
        return _kept(self.home / "secret", lambda: secrets.token_hex(32))

    @cached_property
    def seals(self) -> list[str]:
        """The keys that secrets of tenants are sealed with; while developing, one is made."""
        if self.encryption_keys is not None:
            return _keys_in(self.encryption_keys.get_secret_value())
        kept = self.home / "encryption-key"
        if self.environment == "production" and not kept.exists():
            raise ConfigurationError(
                "FIELDGATE_ENCRYPTION_KEYS is not set. Set it to what `fieldgate key` prints, the "
                "same on every machine."
            )
        return [_kept(kept, new_key)]

    @property
    def app_role_password(self) -> str:
        return hmac.new(self.secret.encode(), b"database role", sha256).hexdigest()

    @property
    def owner_database_url(self) -> str:
        """The role that owns the tables and migrates them; never used while serving."""
        if self.database_url is None:
            raise ConfigurationError(
                "DATABASE_URL is not set. Set it, or use the fieldgate command, which starts "
                "an embedded PostgreSQL."
            )
        return self.database_url

    @property
    def app_database_url(self) -> str:
        """The role that serves: no superuser, held to row-level security."""
        return with_role(self.owner_database_url, APP_ROLE, self.app_role_password)


@lru_cache
def get_settings() -> Settings:
    return Settings()


def use_servers(*, database_url: str | None, redis_url: str | None) -> Settings:
    """Let this process, and those it starts, reach the servers at these addresses."""
    for name, url in (("DATABASE_URL", database_url), ("REDIS_URL", redis_url)):
        if url is not None:
            os.environ.pop(f"FIELDGATE_{name}", None)
            os.environ[name] = url
    get_settings.cache_clear()
    return get_settings()


def settings_problem(error: ValidationError) -> str:
    """The first wrong setting, by the name it has in the environment."""
    wrong = error.errors()[0]
    name = str(wrong["loc"][0]).upper().removeprefix("FIELDGATE_")
    name = name if name in {"DATABASE_URL", "REDIS_URL"} else f"FIELDGATE_{name}"
    reason = wrong["msg"].removeprefix("Value error, ")
    # What holds a password is not printed.
    secret = {
        "FIELDGATE_FILES_SECRET_KEY",
        "FIELDGATE_SMTP_URL",
        "FIELDGATE_ADDRESS_KEYS",
        "FIELDGATE_ENCRYPTION_KEYS",
    }
    given = "not right" if name in secret else repr(wrong["input"])
    return f"{name} is {given}: {reason}."


def asyncpg_dsn(url: str) -> str:
    """As asyncpg reads it; a Unix socket is named by ``?host=``."""
    return urlunsplit(urlsplit(url)._replace(scheme="postgresql"))


def psycopg_dsn(url: str) -> str:
    """As libpq reads it."""
    return asyncpg_dsn(url)


def sqlalchemy_url(url: str, driver: Literal["asyncpg", "psycopg"]) -> str:
    parts = urlsplit(url)
    if driver == "asyncpg":
        # SQLAlchemy hands the query to asyncpg.connect(), which calls libpq's sslmode "ssl".
        query = [("ssl" if name == "sslmode" else name, value) for name, value in _query(parts)]
        parts = parts._replace(query=urlencode(query, safe="/"))
    return urlunsplit(parts._replace(scheme=f"postgresql+{driver}"))


def with_role(url: str, role: str, password: str) -> str:
    """The same server and database, as somebody else."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    # libpq lets user and password stand in the query too, where they would win over ours.
    query = [pair for pair in _query(parts) if pair[0] not in {"user", "password"}]
    netloc = f"{quote(role, safe='')}:{quote(password, safe='')}@{place}"
    return urlunsplit(parts._replace(netloc=netloc, query=urlencode(query, safe="/")))


def _query(parts: SplitResult) -> list[tuple[str, str]]:
    return parse_qsl(parts.query, keep_blank_values=True)


def new_key() -> str:
    """A key to seal with, as ``FIELDGATE_ENCRYPTION_KEYS`` takes it."""
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _keys_in(given: str) -> list[str]:
    return [key.strip() for key in given.split(",")]


def _kept(path: Path, make: Callable[[], str]) -> str:
    """What a file of the home says; made by whoever is first, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(make())
        try:
            # link() fails if another process was first: its secret is then everybody's.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
