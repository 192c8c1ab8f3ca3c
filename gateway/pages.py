"""What stands beside the endpoint: GraphiQL, the health pages, the figures for Prometheus."""

from __future__ import annotations

import asyncio
import gzip
import hmac
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files

import structlog
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway.metrics import Metrics

log = structlog.get_logger(__name__)
PROBE_SECONDS = 2.0
LOOPBACK = frozenset({"127.0.0.1", "::1"})
TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "graphql": "application/graphql; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}
#: The editor puts style attributes on its lines and carries its icons as data.
CSP = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Check:
    """A store that the gateway leans on. Without a *required* one it cannot serve at all."""

    name: str
    probe: Callable[[], Awaitable[object]]
    required: bool = True


class Looked:
    """What can be done only now and then, whoever asks: the last look counts for a while.

    Whoever reaches the gateway may ask whether it is ready; a bucket costs money for each request.
    """

    def __init__(self, look: Callable[[], None], seconds: float = 30) -> None:
        self._look, self._seconds = look, seconds
        self._until = 0.0
        self._looking: asyncio.Task[OSError | None] | None = None

    async def now(self) -> None:
        """Nothing if all was fine; raises what was not.

        Who waits no longer leaves the look to whoever asks next: there is one at a time.
        """
        if self._looking is None or (self._looking.done() and time.monotonic() >= self._until):
            self._looking = asyncio.create_task(asyncio.to_thread(self._attempt))
        if (failed := await asyncio.shield(self._looking)) is not None:
            raise failed

    def _attempt(self) -> OSError | None:
        try:
            self._look()
        except OSError as error:
            log.warning("files can't be kept", reason=error.strerror)
            return error
        finally:
            self._until = time.monotonic() + self._seconds
        return None


def pages(
    metrics: Metrics, checks: Sequence[Check], *, metrics_token: str | None = None
) -> list[Route]:
    """The routes. *metrics_token* lets ``/metrics`` be read from other machines."""

    async def readyz(_request: Request) -> Response:
        return await _ready(checks)

    async def figures(request: Request) -> Response:
        if not _may_read_metrics(request, metrics_token):
            raise HTTPException(403, "Metrics are for this machine, or for a token.")
        return Response(metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", figures),
        Route("/graphiql", graphiql),
        Route("/graphiql/{name}", graphiql),
    ]


async def healthz(_request: Request) -> Response:
    """The process is alive: nothing else is asked, or a slow database would restart it."""
    return PlainTextResponse("ok")


async def _ready(checks: Sequence[Check]) -> Response:
    ended = await asyncio.gather(*(_probe(c) for c in checks), return_exceptions=True)
    failed = [c for c, error in zip(checks, ended, strict=True) if error is not None]
    unavailable = any(check.required for check in failed)
    answer = {
        "status": "unavailable" if unavailable else "degraded" if failed else "ready",
        "checks": {check.name: "failed" if check in failed else "ok" for check in checks},
    }
    return JSONResponse(answer, 503 if unavailable else 200, {"Cache-Control": "no-store"})


async def _probe(check: Check) -> None:
    async with asyncio.timeout(PROBE_SECONDS):
        await check.probe()


def _may_read_metrics(request: Request, token: str | None) -> bool:
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    # Through a proxy on this machine everybody seems to be on this machine.
    forwarded = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    return request.client is not None and request.client.host in LOOPBACK and not forwarded


@dataclass(frozen=True, slots=True)
class StaticFile:
    plain: bytes
    zipped: bytes
    etag: str
    type: str


@lru_cache
def static_files(folder: str) -> dict[str, StaticFile]:
    """The files of a page by name, read and compressed once."""
    found = {}
    for path in (files("gateway") / "static" / folder).iterdir():
        plain = path.read_bytes()
        found[path.name] = StaticFile(
            plain,
            gzip.compress(plain, 9, mtime=0),
            f'"{sha256(plain).hexdigest()[:32]}"',
            TYPES[path.name.rpartition(".")[2]],
        )
    return found


async def graphiql(request: Request) -> Response:
    """GraphiQL, complete: it needs no other address, and is told not to use any."""
    return static(request, "graphiql", CSP)


def static(request: Request, folder: str, csp: str) -> Response:
    """A file of the page in *folder*; the page itself without a name."""
    file = static_files(folder).get(request.path_params.get("name", "index.html"))
    if file is None:
        raise HTTPException(404)
    headers = {
        "ETag": file.etag,
        "Cache-Control": "no-cache",  # keep it, but ask each time whether it is still the same
        "Vary": "Accept-Encoding",
        "Content-Security-Policy": csp,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(file.plain, headers=headers, media_type=file.type)
    return Response(
        file.zipped, headers={**headers, "Content-Encoding": "gzip"}, media_type=file.type
    )
