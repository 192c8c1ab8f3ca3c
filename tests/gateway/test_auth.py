"""Signing in and out, and what a token or a partner key is good for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import pytest_asyncio
from starlette.applications import Starlette

from core.kit.settings import Settings
from core.tenancy import services
from core.tenancy.credentials import Kind, draw
from core.tenancy.passwords import PASSWORDS
from gateway.app import create_app
from tests.cast import Tenant

PASSWORD = "correct horse"
NOT_SIGNED_IN = {
    "errors": [
        {
            "message": "Send a valid token as 'Authorization: Bearer ...'.",
            "extensions": {"code": "UNAUTHENTICATED"},
        }
    ]
}
WRONG = {
    "errors": [
        {
            "message": "The login or the password is wrong.",
            "extensions": {"code": "UNAUTHENTICATED"},
        }
    ]
}
_houses = count(1)


@dataclass
class Client:
    """Somebody at an address of their own."""

    http: httpx.AsyncClient

    async def login(self, login: str, password: str = PASSWORD) -> httpx.Response:
        return await self.http.post("/auth/login", json={"login": login, "password": password})

    async def token(self, login: str, password: str = PASSWORD) -> str:
        answer = await self.login(login, password)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["token"]
        return token

    async def ask(self, token: str, query: str, **variables: Any) -> Any:
        answer = await self.http.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {token}"},
        )
        return answer.json()

    async def name(self, token: str) -> str | None:
        """The name of who *token* belongs to, None if it is nobody's."""
        answer = await self.ask(token, "{ me { name } }")
        if answer == NOT_SIGNED_IN:
            return None
        name: str = answer["data"]["me"]["name"]
        return name


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(settings: Settings) -> AsyncIterator[Starlette]:
    opened = create_app(settings)
    async with opened.router.lifespan_context(opened):
        yield opened


def client_of(app: Starlette, address: str) -> Client:
    transport = httpx.ASGITransport(app=app, client=(address, 1))
    return Client(httpx.AsyncClient(transport=transport, base_url="http://gateway"))


@pytest_asyncio.fixture(loop_scope="session")
async def client(app: Starlette) -> Client:
    return client_of(app, f"10.0.0.{next(_houses)}")


@pytest_asyncio.fixture(loop_scope="session")
async def ada(tenant: Tenant) -> str:
    """The login of the tenant's administrator."""
    login = f"ada@{tenant.slug}.fr"
    async with tenant.session() as session:
        await services.create_administrator(session, login=login, name="Ada", password=PASSWORD)
    return login


async def make_user(tenant: Tenant, name: str, *permissions: str) -> tuple[str, str]:
    """A user with these permissions: their global id and login."""
    made = await tenant.do(
        "roleCreate", "role { id }", name=f"{name}'s", permissions=list(permissions)
    )
    login = f"{name}@{tenant.slug}.fr"
    user = await tenant.do(
        "userCreate", "user { id }", login=login, name=name, password=PASSWORD,
        roleIds=[made["role"]["id"]],
    )  # fmt: skip
    return user["user"]["id"], login


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


async def test_after_five_failures_an_address_waits_whatever_account_it_tries(
    app: Starlette, client: Client, ada: str
) -> None:
    for n in range(5):
        assert (await client.login(f"nobody{n}@nowhere.fr")).status_code == 401

    assert (await client.login(ada)).status_code == 429
    assert (await client_of(app, "10.1.1.1").login(ada)).status_code == 200


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


async def test_a_token_that_names_another_tenant_is_nobodys(
    client: Client, tenant: Tenant, other_tenant: Tenant, ada: str
) -> None:
    token = await client.token(ada)

    forged = token.replace(tenant.id.hex, other_tenant.id.hex)

    assert forged != token
    assert await client.name(forged) is None
    assert await client.name(draw(Kind.TOKEN, tenant.id)) is None
    assert await client.name(token.replace("fgt_", "fgk_")) is None
    assert await client.name(token) == "Ada"


async def test_a_token_sees_its_own_tenant_and_no_other(
    client: Client, tenant: Tenant, other_tenant: Tenant, ada: str
) -> None:
    await make_user(other_tenant, "grace", "contacts.read")

    answer = await client.ask(
        await client.token(ada), "{ me { tenant { slug } } users { nodes { login } } }"
    )

    assert answer["data"]["me"] == {"tenant": {"slug": tenant.slug}}
    logins = {node["login"] for node in answer["data"]["users"]["nodes"]}
    assert logins == {ada, f"camille@{tenant.slug}"}


async def test_a_token_that_has_expired_is_nobodys(client: Client, tenant: Tenant) -> None:
    async with tenant.session() as session:
        good = await services.issue_token(session, tenant.user_id, timedelta(minutes=1))
        expired = await services.issue_token(session, tenant.user_id, timedelta(seconds=-1))

    assert await client.name(good.token) == "Camille"
    assert await client.name(expired.token) is None


async def test_who_is_disabled_is_out_at_once_until_enabled(
    client: Client, tenant: Tenant, ada: str
) -> None:
    user, login = await make_user(tenant, "grace", "contacts.read")
    admin, token = await client.token(ada), await client.token(login)
    assert await client.name(token) == "grace"

    await client.ask(
        admin, "mutation($id: ID!) { userDisable(input: {id: $id}) { user { id } } }", id=user
    )

    assert await client.name(token) is None
    assert (await client.login(login)).json() == WRONG
    await client.ask(
        admin, "mutation($id: ID!) { userEnable(input: {id: $id}) { user { id } } }", id=user
    )
    assert await client.name(token) is None
    assert await client.name(await client.token(login)) == "grace"


async def test_a_new_password_ends_the_tokens_of_the_old_one(
    client: Client, tenant: Tenant, ada: str
) -> None:
    user, login = await make_user(tenant, "grace", "contacts.read")
    admin, token = await client.token(ada), await client.token(login)
    assert await client.name(token) == "grace"

    await client.ask(
        admin,
        'mutation($id: ID!) { userSetPassword(input: {id: $id, password: "another horse"}) '
        "{ user { id } } }",
        id=user,
    )

    assert await client.name(token) is None
    assert (await client.login(login)).json() == WRONG
    assert await client.name(await client.token(login, "another horse")) == "grace"


async def test_a_role_that_changes_is_felt_at_once(
    client: Client, tenant: Tenant, ada: str
) -> None:
    _, login = await make_user(tenant, "grace", "contacts.read", "audit.read")
    admin, token = await client.token(ada), await client.token(login)
    mine = "{ me { permissions } }"
    assert (await client.ask(token, mine))["data"]["me"]["permissions"] == [
        "audit.read",
        "contacts.read",
    ]
    roles = await client.ask(admin, "{ roles { nodes { id name } } }")
    role = next(n["id"] for n in roles["data"]["roles"]["nodes"] if n["name"] == "grace's")

    await client.ask(
        admin,
        'mutation($id: ID!) { roleUpdate(input: {id: $id, permissions: ["audit.read"]}) '
        "{ role { id } } }",
        id=role,
    )

    assert (await client.ask(token, mine))["data"]["me"]["permissions"] == ["audit.read"]


KEY = """
mutation($name: String!, $scopes: [String!]!) {
  partnerKeyCreate(input: {name: $name, scopes: $scopes}) { secret partnerKey { id } }
}
"""


async def test_a_partner_key_is_good_for_its_scopes_only(client: Client, ada: str) -> None:
    made = await client.ask(await client.token(ada), KEY, name="ERP", scopes=["contacts.read"])
    secret = made["data"]["partnerKeyCreate"]["secret"]

    me = await client.ask(secret, "{ me { id name login permissions } }")
    answer = await client.ask(secret, "{ contacts { totalCount } users { totalCount } }")

    assert me["data"]["me"] == {
        "id": made["data"]["partnerKeyCreate"]["partnerKey"]["id"],
        "name": "ERP",
        "login": None,
        "permissions": ["contacts.read"],
    }
    assert answer["data"] == {"contacts": {"totalCount": 0}, "users": None}
    assert [e["extensions"]["code"] for e in answer["errors"]] == ["FORBIDDEN"]


async def test_a_partner_key_that_is_rotated_or_revoked_is_void_at_once(
    client: Client, ada: str
) -> None:
    admin = await client.token(ada)
    made = await client.ask(admin, KEY, name="ERP", scopes=["contacts.read"])
    old, key = made["data"]["partnerKeyCreate"].values()
    assert await client.name(old) == "ERP"

    rotated = await client.ask(
        admin, "mutation($id: ID!) { partnerKeyRotate(input: {id: $id}) { secret } }", id=key["id"]
    )
    new = rotated["data"]["partnerKeyRotate"]["secret"]

    assert await client.name(old) is None
    assert await client.name(new) == "ERP"
    await client.ask(
        admin, "mutation($id: ID!) { partnerKeyRevoke(input: {id: $id}) { secret } }", id=key["id"]
    )
    assert await client.name(new) is None


async def test_a_partner_key_is_not_ended_by_a_logout(client: Client, ada: str) -> None:
    made = await client.ask(await client.token(ada), KEY, name="ERP", scopes=["contacts.read"])
    secret = made["data"]["partnerKeyCreate"]["secret"]

    answer = await client.http.post("/auth/logout", headers={"Authorization": f"Bearer {secret}"})

    assert answer.status_code == 401
    assert await client.name(secret) == "ERP"
