"""What logins, passwords, names and grants must be like; nothing here needs a database."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import available_timezones

from core.kit.errors import Refused

#: A role with this permission has all that the tenant's modules define, now and later.
EVERYTHING = "*"
LOCALES = ("fr", "en")
REFERENCE_POLICIES = ("OFF", "WARN", "ENFORCE")
#: What a tenant can't be called: these words have a meaning in addresses.
RESERVED_SLUGS = frozenset(
    {"admin", "api", "auth", "core", "dashboard", "graphiql", "graphql", "static", "www"}
)

_LOGIN = re.compile(r"[^\s@]+@[^\s@]+")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"({_LABEL}\.)+{_LABEL}")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SHORTEST_PASSWORD, _LONGEST_PASSWORD = 10, 200
_LONGEST_LOGIN, _LONGEST_NAME, _LONGEST_SLUG = 254, 100, 63
_MOST_PERMISSIONS = 200
_LONGEST_DOMAIN, _MOST_DOMAINS = 253, 50


def login_of(text: str, field: str | None = "login") -> str:
    """The login as it is kept and compared: trimmed, in lower case."""
    login = text.strip().lower()
    if not _LOGIN.fullmatch(login) or len(login) > _LONGEST_LOGIN or _UNSEEN.search(login):
        raise Refused(
            "INVALID_LOGIN", f"'{text[:60]}' is no login; write it like an e-mail address.", field
        )
    return login


def check_password(password: str, login: str) -> None:
    length = len(password)
    if not _SHORTEST_PASSWORD <= length <= _LONGEST_PASSWORD:
        raise Refused(
            "INVALID_PASSWORD",
            f"The password has {length} characters; it must have {_SHORTEST_PASSWORD} to "
            f"{_LONGEST_PASSWORD}.",
            "password",
        )
    if password.lower() == login or len(set(password)) < 4:
        raise Refused("INVALID_PASSWORD", "The password is too easy to guess.", "password")


def name_of(text: str, field: str = "name") -> str:
    """A name without the blanks around it."""
    name = text.strip()
    if not 1 <= len(name) <= _LONGEST_NAME or _UNSEEN.search(name):
        raise Refused(
            "INVALID_NAME", f"A name has 1 to {_LONGEST_NAME} characters, on one line.", field
        )
    return name


def domains_of(given: Iterable[str]) -> list[str]:
    """Domains as mail servers write them, each once, in order of the alphabet."""
    found = set()
    for text in given:
        try:
            domain = text.strip().lower().removeprefix("@").encode("idna").decode("ascii")
        except UnicodeError:
            domain = ""
        if not _DOMAIN.fullmatch(domain) or len(domain) > _LONGEST_DOMAIN:
            message = f"'{text[:60]}' is no domain: write it like example.fr."
            raise Refused("INVALID_DOMAIN", message, "exportDomains")
        found.add(domain)
    if len(found) > _MOST_DOMAINS:
        message = f"There are {len(found)} domains; {_MOST_DOMAINS} are allowed."
        raise Refused("TOO_MANY_DOMAINS", message, "exportDomains")
    return sorted(found)


def check_locale(locale: str | None) -> None:
    if locale is not None and locale not in LOCALES:
        raise Refused(
            "INVALID_LOCALE", f"'{locale[:20]}' is not one of {', '.join(LOCALES)}.", "locale"
        )


def check_grant(given: Iterable[str], giver: frozenset[str], field: str) -> None:
    """Nobody gives a permission that they don't have; one that doesn't exist, nobody has."""
    lacking = sorted(set(given) - giver)
    if not lacking:
        return
    name = lacking[0][:60]
    if EVERYTHING in giver:
        raise Refused("UNKNOWN_PERMISSION", f"There is no permission '{name}'.", field)
    raise Refused(
        "PERMISSION_NOT_YOURS",
        f"You don't have the permission '{name}', so you can't give it.",
        field,
    )


def check_reach(held: Iterable[str], giver: frozenset[str], what: str, field: str) -> None:
    """Nobody changes who may do more than they, or they could take over what that one may."""
    if EVERYTHING not in giver and not set(held) <= giver:
        raise Refused(
            "PERMISSION_NOT_YOURS", f"The {what} may do more than you; ask somebody who may.", field
        )


def permissions_of(names: Iterable[str], field: str) -> list[str]:
    """The set of permissions a role or key is to have, in a fixed order."""
    permissions = sorted(set(names))
    if not 1 <= len(permissions) <= _MOST_PERMISSIONS:
        raise Refused(
            "INVALID_PERMISSIONS",
            f"{len(permissions)} permissions are given; 1 to {_MOST_PERMISSIONS} are allowed.",
            field,
        )
    return permissions


def effective(granted: Iterable[str], known: frozenset[str]) -> frozenset[str]:
    """What someone may do in a tenant whose modules define *known*."""
    granted = frozenset(granted)
    return known | {EVERYTHING} if EVERYTHING in granted else granted & known


def check_expiry(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        raise Refused("INVALID_EXPIRY", "The key would have expired already.", "expiresAt")


def check_tenant(slug: str, time_zone: str, locale: str, country: str, currency: str) -> None:
    if not _SLUG.fullmatch(slug) or len(slug) > _LONGEST_SLUG or slug in RESERVED_SLUGS:
        raise Refused(
            "INVALID_SLUG",
            f"'{slug[:70]}' is no slug: lower case, digits and single hyphens, {_LONGEST_SLUG} "
            "at most, and no reserved word.",
            "slug",
        )
    check_settings(time_zone=time_zone, locale=locale, country=country)
    if not re.fullmatch("[A-Z]{3}", currency):
        raise Refused("INVALID_CURRENCY", f"'{currency}' is not an ISO 4217 code.", "currency")


def check_settings(
    *,
    time_zone: str | None = None,
    locale: str | None = None,
    country: str | None = None,
    reference_policy: str | None = None,
    **_free: str,
) -> None:
    """What a tenant may set itself; None is not looked at."""
    if time_zone is not None and time_zone not in available_timezones():
        raise Refused("INVALID_TIME_ZONE", f"There is no time zone '{time_zone[:60]}'.", "timeZone")
    check_locale(locale)
    if country is not None and not re.fullmatch("[A-Z]{2}", country):
        raise Refused("INVALID_COUNTRY", f"'{country[:20]}' is not an ISO 3166-1 code.", "country")
    if reference_policy is not None and reference_policy not in REFERENCE_POLICIES:
        raise Refused(
            "INVALID_POLICY",
            f"'{reference_policy[:20]}' is not one of {', '.join(REFERENCE_POLICIES)}.",
            "referencePolicy",
        )
