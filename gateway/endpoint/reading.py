"""From an HTTP request to a GraphQL request, or to a precise complaint."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request

from core.documents.rules import SCHEME, digest_of, is_digest
from core.kit.limits import Limits, TooMuch
from gateway.graphql import GraphQLRequest
from gateway.running import ClientGone, within

#: A header that a page of another origin cannot send without asking first.
PREFLIGHT = "x-fieldgate-preflight"
SHOW_COST = "x-fieldgate-cost"


#: What a request is made of.
_PARTS = {
    "query": str,
    "operationName": str,
    "variables": dict,
    "extensions": dict,
    "documentId": str,
}


class BadRequest(Exception):
    """The HTTP request is not one that carries a GraphQL request."""

    def __init__(self, status: int, message: str, code: str = "BAD_REQUEST") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class NotRun(BadRequest):
    """The request is one of GraphQL, but no document that the caller may run."""


async def read(
    request: Request, limits: Limits, *, show_cost: bool = False, live: bool = False
) -> GraphQLRequest:
    """What is asked; raises :class:`BadRequest`, or a GraphQLError naming a limit."""
    if request.method == "GET":
        asked = _of_query_string(request)
    else:
        asked = await read_object(request, limits)
    return request_of(
        asked,
        limits,
        read_only=request.method == "GET",
        show_cost=not live and (show_cost or request.headers.get(SHOW_COST) == "1"),
        live=live,
    )


async def read_object(request: Request, limits: Limits) -> dict[str, Any]:
    """The JSON object that a request carries; raises :class:`BadRequest`."""
    _check_content_type(request)
    found: dict[str, Any] = object_in(await _body(request, limits), "The body")
    return found


def request_of(
    asked: Mapping[str, Any],
    limits: Limits,
    *,
    read_only: bool = False,
    show_cost: bool = False,
    live: bool = False,
) -> GraphQLRequest:
    """What a JSON object asks, whatever it came in."""
    for name, value in asked.items():
        if (type_ := _PARTS.get(name)) and value is not None and not isinstance(value, type_):
            what = {str: "a string", dict: "an object"}[type_]
            raise BadRequest(400, f"'{name}' must be {what}.")
    query, digest = asked.get("query"), _digest(asked)
    if query is None and digest is None:
        raise BadRequest(400, '\'query\' is missing: send {"query": "{ ... }"}.')
    if query is not None and digest is not None and digest_of(query) != digest:
        raise BadRequest(400, "The hash is not that of 'query'.")
    if asked.get("variables"):
        _check_size(asked["variables"], limits)
    return GraphQLRequest(
        query, asked.get("variables"), asked.get("operationName"), read_only, show_cost, digest,
        live,
    )  # fmt: skip


def _digest(asked: Mapping[str, Any]) -> str | None:
    """The hash of a stored document, as ``documentId`` or as Apollo's clients send it."""
    given = asked.get("documentId")
    if given is not None and not given.startswith(SCHEME):
        raise BadRequest(400, f"'documentId' must be '{SCHEME}' and the hash of the document.")
    persisted = (asked.get("extensions") or {}).get("persistedQuery")
    if given is None and persisted is None:
        return None
    digests = [given.removeprefix(SCHEME)] if given is not None else []
    if persisted is not None:
        if not isinstance(persisted, dict) or persisted.get("version") != 1:
            raise BadRequest(400, "'extensions.persistedQuery' must be {version: 1, sha256Hash}.")
        digests.append(persisted.get("sha256Hash"))
    if not all(map(is_digest, digests)):
        raise BadRequest(400, "A hash is SHA-256, as 64 hexadecimal digits in lower case.")
    if len(set(digests)) > 1:
        raise BadRequest(400, "'documentId' and 'extensions.persistedQuery' differ.")
    return digests[0] if digests else None


def _of_query_string(request: Request) -> dict[str, Any]:
    if "authorization" not in request.headers and PREFLIGHT not in request.headers:
        raise BadRequest(
            400, f"A GET needs the header Authorization or {PREFLIGHT}, or a link could send it."
        )
    asked: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in asked:
            raise BadRequest(400, f"The parameter '{name[:60]}' is there twice.")
        asked[name] = value
    for name in ("variables", "extensions"):
        if name in asked:
            asked[name] = object_in(asked[name].encode(errors="replace"), f"'{name}'", or_null=True)
    return asked


def _check_content_type(request: Request) -> None:
    media, *parameters = request.headers.get("content-type", "").lower().split(";")
    if media.strip() != "application/json":
        raise BadRequest(415, "Send the request as 'Content-Type: application/json'.")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in {"utf-8", "utf8"}:
            raise BadRequest(415, "Send the request as UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise BadRequest(415, "Send the request without a Content-Encoding.")


async def _body(request: Request, limits: Limits) -> bytes:
    most = limits.body_bytes
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > most:
        raise _too_large(length[:20], most)
    try:
        return await within(limits.seconds, _received(request, most))
    except TimeoutError:
        raise BadRequest(408, "The request's body came too slowly.", "TIMEOUT") from None


async def _received(request: Request, most: int) -> bytes:
    body = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_large(f"over {most}", most)
        if not message.get("more_body", False):
            return bytes(body)


def _too_large(found: str, most: int) -> BadRequest:
    return BadRequest(413, f"The body has {found} bytes; {most} are allowed.")


def object_in(text: bytes, what: str, *, or_null: bool = False) -> Any:
    """The JSON object that *text* is; raises :class:`BadRequest`."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadRequest(400, f"{what} is not JSON: {error}.") from None
    if value is None and or_null:
        return None
    if isinstance(value, list):
        raise BadRequest(400, f"{what} is an array. Send one object; batches are not served.")
    if not isinstance(value, dict):
        raise BadRequest(400, f"{what} must be a JSON object.")
    # orjson would silently take the last of two.
    if _count_keys(value) != len(_KEY.findall(text)):
        _ONCE.decode(text.decode())
    return value


def _all_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise BadRequest(400, f"The key '{twice[:60]}' is there twice.")
    return found


_ONCE = json.JSONDecoder(object_pairs_hook=_all_once)
#: Found once for each key of a JSON text, and perhaps elsewhere: in texts that look like one.
_KEY = re.compile(rb'"[ \t\n\r]*:')
DEEPEST = 40


def _count_keys(value: Any) -> int:
    """How many keys there are. Refuses what the recursive code behind this would choke on; this
    is not recursive."""
    count = depth = 0
    level = [value]
    while level:
        depth += 1
        if depth > DEEPEST:
            raise BadRequest(400, f"JSON may be nested {DEEPEST} deep, and this is deeper.")
        below = []
        for each in level:
            count += len(each) if isinstance(each, dict) else 0
            below += [c for c in _children(each) if c and isinstance(c, dict | list)]
        level = below
    return count


def _check_size(variables: Mapping[str, Any], limits: Limits) -> None:
    level: list[Any] = [variables]
    while level:
        longest = max((len(each) for each in level if isinstance(each, list)), default=0)
        if longest > limits.input_items:
            raise TooMuch("input items", longest, limits.input_items)
        level = [
            child for each in level for child in _children(each) if isinstance(child, dict | list)
        ]


def _children(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
