"""What logins, passwords and grants must be like."""

from __future__ import annotations

import asyncio

import pytest

from core.kit.errors import Refused
from core.kit.ids import new_id
from core.tenancy import credentials
from core.tenancy.credentials import Kind
from core.tenancy.passwords import HASHER, NOBODYS, Busy, Passwords
from core.tenancy.rules import (
    check_grant,
    check_password,
    check_reach,
    check_tenant,
    effective,
    login_of,
    name_of,
)

KNOWN = frozenset({"contacts.read", "contacts.write"})


def reason(refused: pytest.ExceptionInfo[Refused]) -> tuple[str, str | None]:
    return refused.value.reason, refused.value.field


def test_a_login_is_kept_in_lower_case_and_without_blanks() -> None:
    assert login_of("  Camille@Example.FR ") == "camille@example.fr"


@pytest.mark.parametrize(
    "text", ["", "camille", "@", "a@", "a b@c", "a@b@c", "a@b\x00c", "é" * 250 + "@b.fr"]
)
def test_what_does_not_look_like_an_address_is_no_login(text: str) -> None:
    with pytest.raises(Refused) as refused:
        login_of(text)

    assert reason(refused) == ("INVALID_LOGIN", "login")


@pytest.mark.parametrize("password", ["short", "x" * 201, "aaaaaaaaaaaaaaa", "camille@example.fr"])
def test_a_password_is_refused_if_short_endless_or_easy(password: str) -> None:
    with pytest.raises(Refused) as refused:
        check_password(password, "camille@example.fr")

    assert reason(refused) == ("INVALID_PASSWORD", "password")


def test_a_name_is_one_line() -> None:
    assert name_of(" Camille Durand ") == "Camille Durand"
    with pytest.raises(Refused):
        name_of("Camille\nDurand")


def test_nobody_gives_a_permission_that_they_do_not_have() -> None:
    check_grant(["contacts.read"], frozenset({"contacts.read"}), "permissions")
    with pytest.raises(Refused) as refused:
        check_grant(["contacts.read", "*"], KNOWN, "permissions")

    assert reason(refused) == ("PERMISSION_NOT_YOURS", "permissions")


def test_who_has_everything_gives_everything_there_is_and_nothing_else() -> None:
    check_grant(["contacts.write", "*"], KNOWN | {"*"}, "permissions")
    with pytest.raises(Refused) as refused:
        check_grant(["contacts.fly"], KNOWN | {"*"}, "permissions")

    assert reason(refused) == ("UNKNOWN_PERMISSION", "permissions")


def test_nobody_changes_who_may_do_more_than_they() -> None:
    check_reach(["contacts.read"], KNOWN, "user", "id")
    check_reach(["of.a.module.switched.off"], KNOWN | {"*"}, "user", "id")
    for held in (["*"], ["of.a.module.switched.off"]):
        with pytest.raises(Refused) as refused:
            check_reach(held, KNOWN, "user", "id")
        assert reason(refused) == ("PERMISSION_NOT_YOURS", "id")


def test_permissions_end_where_the_modules_end() -> None:
    assert effective(["contacts.read", "stock.read"], KNOWN) == {"contacts.read"}
    assert effective(["*"], KNOWN) == {"contacts.read", "contacts.write", "*"}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"slug": "Énergie"}, "INVALID_SLUG"),
        ({"slug": "graphql"}, "INVALID_SLUG"),
        ({"slug": "a--b"}, "INVALID_SLUG"),
        ({"time_zone": "Europe/Lutece"}, "INVALID_TIME_ZONE"),
        ({"locale": "de"}, "INVALID_LOCALE"),
        ({"country": "France"}, "INVALID_COUNTRY"),
        ({"currency": "€"}, "INVALID_CURRENCY"),
    ],
)
def test_a_tenant_is_checked(wrong: dict[str, str], code: str) -> None:
    right = {"slug": "dalkia-2", "time_zone": "Europe/Paris", "locale": "fr", "country": "FR"}
    check_tenant(**right, currency="EUR")
    with pytest.raises(Refused) as refused:
        check_tenant(**{"currency": "EUR", **right, **wrong})

    assert refused.value.reason == code


def test_a_credential_names_its_tenant_and_is_never_drawn_twice() -> None:
    tenant = new_id()
    one, two = credentials.draw(Kind.TOKEN, tenant), credentials.draw(Kind.TOKEN, tenant)
    shown = credentials.read(one)

    assert one != two
    assert one.startswith(f"fgt_{tenant.hex}_")
    assert shown == credentials.Credential(Kind.TOKEN, tenant, credentials.digest(one))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fgt_",
        "fgx_" + "0" * 32 + "_" + "a" * 43,
        "fgt_" + "0" * 31 + "g_" + "a" * 43,
        "fgt_" + "0" * 32 + "_" + "a" * 43 + "\n",
        "fgt_" + "0" * 32 + "_" + "é" * 43,
    ],
)
def test_other_texts_are_no_credentials(text: str) -> None:
    assert credentials.read(text) is None


async def test_the_hash_for_nobody_costs_what_a_real_one_costs() -> None:
    assert not HASHER.check_needs_rehash(NOBODYS)


async def test_nobody_has_no_password_that_fits() -> None:
    passwords = Passwords()
    kept = await passwords.hash("correct horse")

    assert await passwords.verify(kept, "correct horse")
    assert not await passwords.verify(kept, "correct house")
    assert not await passwords.verify(None, "correct horse")
    assert not await passwords.verify("damaged", "correct horse")
    assert passwords.verifications == 4


async def test_who_would_wait_too_long_for_a_password_is_sent_away() -> None:
    passwords = Passwords(threads=1, waiting=0)
    first = asyncio.create_task(passwords.hash("correct horse"))
    await asyncio.sleep(0)

    with pytest.raises(Busy):
        await passwords.hash("correct horse")

    assert (await first).startswith("$argon2id$")
    assert await passwords.hash("correct horse") != await first
