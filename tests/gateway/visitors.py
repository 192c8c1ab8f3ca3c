"""Visitors of the whole application: each at an address of their own, with a login or without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from starlette.applications import Starlette

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


def client_of(app: Starlette, address: str) -> Client:
    transport = httpx.ASGITransport(app=app, client=(address, 1))
    return Client(httpx.AsyncClient(transport=transport, base_url="http://gateway"))


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
