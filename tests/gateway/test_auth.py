"""Signing in and out."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
import pytest_asyncio
from starlette.applications import Starlette

from core.tenancy.passwords import PASSWORDS
from tests.cast import Tenant
from tests.gateway.visitors import PASSWORD, WRONG, Client, client_of, make_user


async def test_a_login_and_its_password_give_a_token(
    client: Client, tenant: Tenant, ada: str
) -> None:
    answer = await client.login(ada.upper())
    given = answer.json()

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert given["tenant"] == {
        "slug": tenant.slug,
        "name": tenant.slug,
        "modules": sorted(tenant.modules - {"core"}),
    }
    assert given["user"] == {"name": "Ada"}
    assert set(given) == {"token", "expiresAt", "tenant", "user"}
    assert await client.name(given["token"]) == "Ada"


async def test_nobody_learns_why_a_login_failed(client: Client, tenant: Tenant, ada: str) -> None:
    disabled_id, disabled = await make_user(tenant, "disabled", "contacts.read")
    await tenant.do("userDisable", id=disabled_id)
    await tenant.do("userCreate", login=f"new@{tenant.slug}.fr", name="New")
    before = PASSWORDS.verifications

    answers = [
        await client.login(ada, "wrong"),
        await client.login("nobody@nowhere.fr"),
        await client.login(disabled),
        await client.login(f"new@{tenant.slug}.fr"),
    ]

    assert {(answer.status_code, answer.content) for answer in answers} == {
        (401, answers[0].content)
    }
    assert answers[0].json() == WRONG
    # Each did the same work, so time doesn't tell either.
    assert PASSWORDS.verifications - before == 4


@pytest_asyncio.fixture(loop_scope="session")
async def a_minute() -> None:
    """Attempts are counted by the minute: enough is left of this one for all of a test."""
    left = 60 - time.time() % 60
    if left < 15:
        await asyncio.sleep(left + 0.1)


@pytest.mark.usefixtures("a_minute")
async def test_after_five_failures_an_account_waits_wherever_one_tries(
    app: Starlette, ada: str
) -> None:
    tries = [
        await client_of(app, f"10.1.0.{n}").login(ada, "wrong" if n < 6 else PASSWORD)
        for n in range(1, 7)
    ]

    assert [t.status_code for t in tries] == [401] * 5 + [429]
    assert 1 <= int(tries[5].headers["retry-after"]) <= 60
    assert tries[5].json()["errors"][0]["extensions"] == {"code": "THROTTLED"}


@pytest.mark.usefixtures("a_minute")
async def test_after_five_failures_an_address_waits_whatever_account_it_tries(
    app: Starlette, client: Client, ada: str
) -> None:
    for n in range(5):
        assert (await client.login(f"nobody{n}@nowhere.fr")).status_code == 401

    assert (await client.login(ada)).status_code == 429
    assert (await client_of(app, "10.1.1.1").login(ada)).status_code == 200


@pytest.mark.usefixtures("a_minute")
async def test_an_ipv6_household_is_one_address(app: Starlette) -> None:
    tries = [
        (await client_of(app, f"2001:db8:1:2::{n}").login(f"n{n}@nowhere.fr")).status_code
        for n in range(6)
    ]

    assert tries == [401] * 5 + [429]


async def test_logins_that_succeed_are_not_counted(client: Client, ada: str) -> None:
    assert [(await client.login(ada)).status_code for _ in range(7)] == [200] * 7


async def test_a_token_ends_with_the_logout(client: Client, ada: str) -> None:
    token, other = await client.token(ada), await client.token(ada)
    assert await client.name(token) == "Ada"

    headers = {"Authorization": f"Bearer {token}"}
    first, second = [await client.http.post("/auth/logout", headers=headers) for _ in range(2)]

    assert (first.status_code, second.status_code) == (204, 401)
    assert await client.name(token) is None
    assert await client.name(other) == "Ada"


async def test_a_login_is_json(client: Client) -> None:
    form = await client.http.post("/auth/login", data={"login": "a@b.fr", "password": "x"})
    wrong: list[Any] = [[], {"login": "a@b.fr"}, {"login": 1, "password": "x"},
                        {"login": "a@b.fr", "password": "x" * 1001}]  # fmt: skip
    answers = [await client.http.post("/auth/login", json=body) for body in wrong]
    large = await client.http.post(
        "/auth/login", json={"login": "a@b.fr", "password": "x" * 10_001}
    )

    assert form.status_code == 415
    assert [a.status_code for a in answers] == [400] * 4
    assert {a.json()["errors"][0]["extensions"]["code"] for a in answers} == {"BAD_REQUEST"}
    assert large.status_code == 413


async def test_errors_of_addresses_are_typed_too(client: Client) -> None:
    nowhere = await client.http.get("/nowhere")
    login = await client.http.get("/auth/login")

    assert (nowhere.status_code, nowhere.json()["errors"][0]["extensions"]) == (
        404,
        {"code": "NOT_FOUND"},
    )
    assert (login.status_code, login.json()["errors"][0]["extensions"]) == (
        405,
        {"code": "BAD_REQUEST"},
    )
