"""The way to ask servers outside: bounded in time, size and number, and never sent elsewhere.

Nobody may hold a connection to the database while waiting here.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any, TypeVar
from uuid import UUID

import httpx
import orjson
import structlog

from core.kit.breaker import Breaker
from core.kit.kept import Kept

log = structlog.get_logger(__name__)
T = TypeVar("T")
MOST_BYTES = 1_000_000
#: Questions at a time, of all tenants and of one.
MOST, MOST_OF_ONE = 16, 4
CONNECT_SECONDS = 1.0
#: A server that says so is not at fault, or so says whoever asked.
_OUR_FAULT = frozenset({400, 404, 409, 410, 413, 414, 415, 422})


class NoAnswer(Exception):
    """A server has not answered, or not with what can be read; the message says why."""

    def __init__(self, outcome: str, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        #: In a word, for the figures.
        self.outcome = outcome
        #: How many seconds the server wants to be left alone.
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and of whom. *server* is what logs and figures call it."""

    server: str
    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Sent as JSON; with one, it is a POST.
    body: Mapping[str, Any] | None = None
    #: Whose key it bears: one that is refused is no reason to leave others' alone.
    account: str = ""


class Outside:
    """One process's way to ask other servers; opened when first used, for one event loop."""

    def __init__(
        self,
        redis_url: str | None = None,
        on_answer: Callable[[str, str, float], None] = lambda server, outcome, seconds: None,
        on_breaker: Callable[[str, bool], None] = lambda server, is_open: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        #: What may be remembered of the answers; whoever asks says what, and for how long.
        self.kept = Kept(redis_url, clock)
        self._on_answer, self._on_breaker, self._clock = on_answer, on_breaker, clock
        self._client: httpx.AsyncClient | None = None
        self._breakers: dict[tuple[str, str], Breaker] = {}
        self._asked: Counter[UUID] = Counter()

    async def ask(
        self, question: Question, read: Callable[[Any], T], *, tenant: UUID, seconds: float
    ) -> T:
        """What *read* makes of the JSON that the server answers within *seconds*.

        Else :class:`NoAnswer`: also if *read* can't find its way in it.
        """
        breaker = self._breakers.setdefault(
            (question.server, question.account), Breaker(self._clock)
        )
        with self._counted(question, tenant):
            if not breaker.admits():
                self._on_answer(question.server, "left_alone", 0)
                raise NoAnswer("left_alone", f"{question.server} is left alone for a while.")
            began = self._clock()
            try:
                answer = await self._bounded(question, read, seconds)
            except NoAnswer as error:
                self._on_answer(question.server, error.outcome, self._clock() - began)
                self._failed(question, breaker, error)
                raise
            self._on_answer(question.server, "answered", self._clock() - began)
            self._succeeded(question, breaker)
            return answer

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None
        await self.kept.close()

    @contextmanager
    def _counted(self, question: Question, tenant: UUID) -> Iterator[None]:
        # Who types does not wait in a line: what is one too many is answered without.
        if self._asked.total() >= MOST or self._asked[tenant] >= MOST_OF_ONE:
            self._on_answer(question.server, "busy", 0)
            raise NoAnswer("busy", "Too many questions are under way.")
        self._asked[tenant] += 1
        try:
            yield
        finally:
            self._asked[tenant] -= 1
            if not self._asked[tenant]:
                del self._asked[tenant]

    async def _bounded(self, question: Question, read: Callable[[Any], T], seconds: float) -> T:
        try:
            async with asyncio.timeout(seconds):
                body = await self._sent(question)
            return read(orjson.loads(body))
        except TimeoutError:
            message = f"{question.server} did not answer within {seconds:g} s."
            raise NoAnswer("too_slow", message) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            message = f"{question.server} can't be reached: {type(error).__name__}."
            raise NoAnswer("unreachable", message) from None
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            # No JSON, or none of the shape that was agreed on.
            raise NoAnswer("unreadable", f"{question.server} answered something else.") from None

    async def _sent(self, question: Question) -> bytes:
        method = "GET" if question.body is None else "POST"
        content = None if question.body is None else orjson.dumps(question.body)
        # Not compressed: a small answer could else become a huge one.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", **question.headers}
        if content is not None:
            headers["Content-Type"] = "application/json"
        async with self._opened().stream(
            method, question.url, params=question.params, headers=headers, content=content
        ) as response:
            _look_at(question, response)
            body = bytearray()
            async for piece in response.aiter_raw():
                body += piece
                if len(body) > MOST_BYTES:
                    raise NoAnswer("too_large", f"{question.server} answered too much.")
            return bytes(body)

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                follow_redirects=False,
                timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
                limits=httpx.Limits(max_connections=MOST, max_keepalive_connections=MOST),
                verify=_certificates(),
                headers={"User-Agent": "fieldgate"},
            )
        return self._client

    def _failed(self, question: Question, breaker: Breaker, error: NoAnswer) -> None:
        about = {"server": question.server, "outcome": error.outcome}
        if error.outcome == "refused":
            log.warning("a question was refused", reason=str(error), **about)
            return
        log.warning("a server did not answer", reason=str(error), **about)
        if breaker.failed(error.wait):
            assert breaker.until is not None
            left = round(breaker.until - self._clock())
            log.error("a server is left alone", seconds=left, reason=str(error), **about)
            self._on_breaker(question.server, True)

    def _succeeded(self, question: Question, breaker: Breaker) -> None:
        if breaker.succeeded():
            log.info("a server is back", server=question.server)
            self._on_breaker(question.server, False)


def _look_at(question: Question, response: httpx.Response) -> None:
    """Refuse what is no answer, before it is read."""
    status, server = response.status_code, question.server
    if status in _OUR_FAULT:
        raise NoAnswer("refused", f"{server} refused the question ({status}).")
    if response.has_redirect_location:
        raise NoAnswer("redirected", f"{server} sends elsewhere ({status}); nobody goes there.")
    if status == 429:
        wait = response.headers.get("Retry-After", "")
        seconds = float(wait) if wait.isdigit() else None
        raise NoAnswer("throttled", f"{server} has been asked too often (429).", seconds)
    if status != 200:
        raise NoAnswer("failed", f"{server} answered {status}.")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise NoAnswer("unreadable", f"{server} answered in an encoding that wasn't asked for.")


_shared: list[SSLContext] = []


def _certificates() -> SSLContext:
    """Made once: reading the authorities takes as long as twenty requests."""
    if not _shared:
        _shared.append(httpx.create_ssl_context())
    return _shared[0]
