"""What each server is asked, as bytes that are ready to be sent."""

from __future__ import annotations

import http.client
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from bench import graphile, queries
from bench.answers import of_handwritten, plain
from bench.ground import Ground, Tenant
from core.kit.ids import global_id

#: Contacts in one request for several Overviews.
SEVERAL = 50
#: How many requests for fifty Overviews differ.
GROUPS = 8
PAGES = 40


@dataclass(frozen=True)
class Asked:
    """The requests of one question to one server, and how its answer reads in common words."""

    requests: list[bytes]
    read: Callable[[Any], Any]


#: By question and by server, with equally many requests for the same things in the same order.
Questions = dict[str, dict[str, Asked]]


def post(path: str, body: Any, **headers: str) -> bytes:
    content = orjson.dumps(body)
    given = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\n{given}Accept: application/json\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def send(port: int, request: bytes) -> Any:
    """The JSON of one answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.connect()
    connection.sock.sendall(request)
    response = http.client.HTTPResponse(connection.sock, method="POST")
    response.begin()
    content = response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"status {response.status}: {content[:500].decode()}")
    answer = orjson.loads(content)
    if isinstance(answer, dict) and answer.get("errors"):
        raise RuntimeError(f"{answer['errors'][:2]}")
    return answer


def to_gateway(tenant: Tenant, document: str, **variables: Any) -> bytes:
    body = {"query": document, "variables": variables}
    return post("/graphql", body, Authorization=f"Bearer {tenant.token}")


def contact(key: UUID) -> str:
    return global_id("contact", key)


def questions(ground: Ground, ports: dict[str, int]) -> Questions:
    """All questions that several servers are asked."""
    found: Questions = {}
    for charts in (True, False):
        name = "-charts" if charts else ""
        found[f"overview{name}"] = _overview(ground.grand, charts)
        found[f"overviews{name}"] = _overviews(ground.grand, charts)
    mixed = [
        to_gateway(ground.grand, queries.OVERVIEW_MIXED, id=contact(key))
        for key in ground.grand.contacts
    ]
    found["mixed"] = {
        **found["overview-charts"],
        "gateway": Asked(mixed, lambda a: _without_greeting(plain(a["data"]["contact"]))),
    }
    found["list"] = _list(ground.grand, ports)
    return found


def _overview(tenant: Tenant, charts: bool) -> dict[str, Asked]:
    operation = "overview-charts" if charts else "overview"
    document = queries.OVERVIEW_CHARTS if charts else queries.OVERVIEW
    theirs = graphile.OVERVIEW_CHARTS if charts else graphile.OVERVIEW
    keys, key = tenant.contacts, str(tenant.id)
    return {
        "gateway": Asked(
            [to_gateway(tenant, document, id=contact(k)) for k in keys],
            lambda a: plain(a["data"]["contact"]),
        ),
        "handwritten": Asked(
            [post(f"/{operation}", {"arguments": [key, k]}) for k in keys],
            lambda a: plain(of_handwritten(a)),
        ),
        "postgraphile": Asked(
            [
                post("/graphql", {"query": theirs, "variables": {"tenant": key, "id": k}})
                for k in keys
            ],
            lambda a: plain(graphile.overview(a["data"]["contact"], a["data"].get("run"))),
        ),
        "idiomatic": Asked(
            [
                post("/graphql/", {"query": document, "variables": {"id": k}}, X_Tenant=key)
                for k in keys
            ],
            lambda a: plain(a["data"]["contact"]),
        ),
    }


def _overviews(tenant: Tenant, charts: bool) -> dict[str, Asked]:
    operation = "overviews-charts" if charts else "overviews"
    document = queries.OVERVIEWS_CHARTS if charts else queries.OVERVIEWS
    theirs = graphile.OVERVIEWS_CHARTS if charts else graphile.OVERVIEWS
    groups, key = list(_groups(tenant)), str(tenant.id)
    return {
        "gateway": Asked(
            [to_gateway(tenant, document, ids=[contact(k) for k in g]) for g in groups],
            lambda a: plain(a["data"]["contactsById"]),
        ),
        "handwritten": Asked(
            [post(f"/{operation}", {"arguments": [key, g]}) for g in groups],
            lambda a: [plain(of_handwritten(one)) for one in a],
        ),
        "postgraphile": Asked(
            [
                post("/graphql", {"query": theirs, "variables": {"tenant": key, "ids": g}})
                for g in groups
            ],
            lambda a: [
                plain(graphile.overview(one, a["data"].get("run"))) for one in a["data"]["contacts"]
            ],
        ),
    }


def _groups(tenant: Tenant) -> Iterator[list[UUID]]:
    for start in range(GROUPS):
        yield [tenant.contacts[(start * 23 + n) % len(tenant.contacts)] for n in range(SEVERAL)]


def _list(tenant: Tenant, ports: dict[str, int]) -> dict[str, Asked]:
    """Pages one after another; each server is asked by cursors of its own."""
    key = str(tenant.id)

    def ours(after: str | None) -> bytes:
        return to_gateway(tenant, queries.LIST, after=after)

    def theirs(after: str | None) -> bytes:
        variables = {"tenant": key, "after": after}
        return post("/graphql", {"query": graphile.LIST, "variables": variables})

    cursors = list(
        _walk(ports["gateway"], ours, lambda a: a["data"]["contacts"]["pageInfo"]["endCursor"])
    )
    positions = [("", str(UUID(int=0))), *(orjson.loads(urlsafe_b64decode(c)) for c in cursors)]
    found = {
        "gateway": Asked([ours(None), *map(ours, cursors)], _page),
        "handwritten": Asked([post("/list", {"arguments": [key, *at]}) for at in positions], plain),
    }
    if "postgraphile" in ports:
        walk = _walk(
            ports["postgraphile"],
            theirs,
            lambda a: a["data"]["allCoreContacts"]["pageInfo"]["endCursor"],
        )
        asked = [theirs(None), *map(theirs, walk)]
        found["postgraphile"] = Asked(asked, lambda a: plain(graphile.listed(a["data"])))
    return found


def _walk(
    port: int, ask: Callable[[str | None], bytes], end: Callable[[Any], str]
) -> Iterator[str]:
    cursor = None
    for _ in range(PAGES - 1):
        cursor = end(send(port, ask(cursor)))
        yield cursor


def _page(answer: Any) -> Any:
    page = answer["data"]["contacts"]
    return plain({"nodes": page["nodes"], "hasNextPage": page["pageInfo"]["hasNextPage"]})


def _without_greeting(found: Any) -> Any:
    name = found["overview"]["name"]
    if found.pop("greeting") != f"Hello {name}!":
        raise RuntimeError("the hand-written field answers something else")
    return found
