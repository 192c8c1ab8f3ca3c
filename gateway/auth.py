"""Signing in and out: ``/auth/login`` gives a token for a password, ``/auth/logout`` ends it."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.kit.events import Listeners
from core.kit.limits import Limits
from core.kit.pool import Database
from core.kit.session import Actor, Channel, Sessions
from core.tenancy import credentials
from core.tenancy.credentials import Kind
from core.tenancy.lookups import Account, account_by_login
from core.tenancy.passwords import PASSWORDS, Busy
from core.tenancy.services import IssuedToken, end_token, sign_in
from gateway.endpoint.reading import BadRequest, read_object
from gateway.errors import formatted, masked
from gateway.running import ClientGone
from gateway.throttle import Throttle

LIMITS = Limits(body_bytes=10_000)
#: Longer than any login and password may be: hashing a megabyte would be a gift to attackers.
LONGEST = 1_000
#: No event is told when somebody signs in.
NO_LISTENERS = Listeners()


class Auth:
    def __init__(
        self, db: Database, sessions: Sessions, throttle: Throttle, lifetime: timedelta
    ) -> None:
        self._db = db
        self._sessions = sessions
        self._throttle = throttle
        self._lifetime = lifetime

    async def login(self, request: Request) -> Response:
        login, password = _given(await read_object(request, LIMITS))
        keys = (f"login:{credentials.digest(login)}", f"address:{address_of(request)}")
        attempt = await self._throttle.take(*keys)
        if attempt.wait:
            return _throttled(attempt.wait)
        account = await account_by_login(self._db, login)
        checked = account.password_hash if account else None
        # Also when there is no such account: whether there is takes no look at the clock.
        if not await PASSWORDS.verify(checked, password) or account is None:
            return _unauthenticated("The login or the password is wrong.")
        issued = await self._sign_in(account)
        if issued is None:
            return _unauthenticated("The login or the password is wrong.")
        await self._throttle.give_back(attempt)
        return _json(200, _signed_in(account, issued))

    async def logout(self, request: Request) -> Response:
        token = bearer(request)
        shown = credentials.read(token)
        if shown is not None and shown.kind is Kind.TOKEN:
            actor = Actor(shown.tenant, channel=Channel.UI, name="logout")
            async with self._sessions.begin(actor, NO_LISTENERS) as session:
                ended = await end_token(session, token)
            if ended:
                return Response(status_code=204, headers=_HEADERS)
        return _unauthenticated("Send the token to end as 'Authorization: Bearer ...'.")

    async def _sign_in(self, account: Account) -> IssuedToken | None:
        name = f"user_{account.user_id.hex}"
        actor = Actor(account.tenant, account.user_id, Channel.UI, name)
        async with self._sessions.begin(actor, NO_LISTENERS) as session:
            return await sign_in(session, account.user_id, account.password_hash, self._lifetime)


def auth_routes(auth: Callable[[], Auth]) -> list[Route]:
    """The routes. *auth* is asked at each request: what it needs opens with the application."""

    async def login(request: Request) -> Response:
        return await _answered(auth().login, request)

    async def logout(request: Request) -> Response:
        return await _answered(auth().logout, request)

    return [
        Route("/auth/login", login, methods=["POST"]),
        Route("/auth/logout", logout, methods=["POST"]),
    ]


def bearer(request: Request) -> str:
    """The token of the header Authorization, empty if there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def address_of(request: Request) -> str:
    """Whose attempts count together: an IPv4 address, or the IPv6 network of a household."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return host


async def _answered(
    handler: Callable[[Request], Awaitable[Response]], request: Request
) -> Response:
    """The outermost layer: every request has an answer, in time."""
    try:
        async with asyncio.timeout(LIMITS.seconds):
            return await handler(request)
    except BadRequest as error:
        return _error(error.status, str(error), error.code)
    except Busy as error:
        return _error(429, str(error), error.code, {"Retry-After": "1"})
    except ClientGone:
        return Response(status_code=499)  # nobody reads it
    except TimeoutError:
        return _error(504, "This took too long. Try again.", "TIMEOUT")
    except Exception as error:
        return _json(500, {"errors": [masked(error)]})


def _given(asked: Mapping[str, Any]) -> tuple[str, str]:
    for name in ("login", "password"):
        value = asked.get(name)
        if not isinstance(value, str) or len(value) > LONGEST:
            raise BadRequest(400, f"'{name}' must be a string of {LONGEST} characters at most.")
    return asked["login"].strip().lower(), asked["password"]


def _signed_in(account: Account, issued: IssuedToken) -> dict[str, Any]:
    return {
        "token": issued.token,
        "expiresAt": issued.expires_at,
        "tenant": {
            "slug": account.slug,
            "name": account.tenant_name,
            "modules": account.modules,
        },
        "user": {"name": account.user_name},
    }


def _unauthenticated(message: str) -> Response:
    return _error(401, message, "UNAUTHENTICATED", {"WWW-Authenticate": "Bearer"})


def _throttled(wait: int) -> Response:
    message = f"Too many attempts. Try again in {wait} seconds."
    return _error(429, message, "THROTTLED", {"Retry-After": str(wait)})


def _error(
    status: int, message: str, code: str, headers: Mapping[str, str] | None = None
) -> Response:
    return _json(status, {"errors": [formatted(message, code)]}, headers)


_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _json(status: int, content: object, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        orjson.dumps(content),
        status,
        {**_HEADERS, **(headers or {})},
        "application/json; charset=utf-8",
    )
