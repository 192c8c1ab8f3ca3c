"""``/mailbox``: the page of the development mailbox, which asks the API for what it shows."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.pages import static

#: A mail's own styles stand in its tags. What it would load from elsewhere is not loaded, and its
#: frame is sandboxed besides.
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


def mailbox_routes() -> list[Route]:
    return [Route("/mailbox", _page), Route("/mailbox/{name}", _page)]


async def _page(request: Request) -> Response:
    return static(request, "mailbox", CSP)
