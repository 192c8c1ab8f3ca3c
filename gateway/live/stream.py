"""One operation: answered now, and again whenever its answer may be another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from core.kit.errors import Busy
from gateway.endpoint.reading import BadRequest, NotRun
from gateway.errors import masked
from gateway.graphql import Answer, GraphQLRequest, Watch, error_answer
from gateway.live.hub import Bell

if TYPE_CHECKING:
    from gateway.live.door import Live

#: Errors of the hour: what was shown before is still the last that is known.
PASSING = frozenset({"TIMEOUT", "THROTTLED", "INTERNAL_SERVER_ERROR"})
LONGEST_PAUSE_SECONDS = 30


class SignedOut(Exception):
    """The token is no longer anybody's."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer, and what it says of those to come."""

    answer: Answer
    is_last: bool
    #: Whether it failed for a reason that may be gone in a moment.
    is_passing: bool = False


class Stream:
    """Asks as whoever holds the token does at that moment, with what they may do then."""

    def __init__(self, live: Live, token: str, asked: GraphQLRequest) -> None:
        self._live = live
        self._token = token
        self._asked = asked
        self._limits = live.limits
        self.began = time.monotonic()
        self.tenant: str | None = None
        self.operation: str | None = None
        self.answered = 0
        self.outcome = "ended"

    async def answers(self) -> AsyncIterator[Answer]:
        """The answers, each different from the one before; raises :class:`SignedOut`."""
        bell = self._live.hub.bell()
        said = None
        failures = 0
        try:
            while True:
                began = time.monotonic()
                turn = await self._turn(bell)
                failures = failures + 1 if turn.is_passing else 0
                if failures and said is not None:
                    await asyncio.sleep(min(2.0**failures, LONGEST_PAUSE_SECONDS))
                    continue
                if turn.answer.body != said:
                    said = turn.answer.body
                    self.answered += 1
                    yield turn.answer
                if turn.is_last or failures:
                    return
                await asyncio.sleep(began + self._limits.pause_seconds - time.monotonic())
                await bell.wait(self._live.patience)
        finally:
            bell.take_down()

    async def _turn(self, bell: Bell) -> Turn:
        """The outermost layer: an answer in any case."""
        bell.hush()
        try:
            return await self._ask(bell)
        except (NotRun, BadRequest) as error:
            answer = error_answer(error.status, str(error), error.code)
            return Turn(answer, True, error.code in PASSING)
        except Busy as error:
            return Turn(error_answer(503, str(error), "THROTTLED"), True, True)
        except TimeoutError:
            return Turn(error_answer(504, "This took too long.", "TIMEOUT"), True, True)
        except SignedOut:
            raise
        except BaseException as error:
            task = asyncio.current_task()
            ours = isinstance(error, KeyboardInterrupt | GeneratorExit)
            if ours or (task is not None and task.cancelling()):
                raise
            body = orjson.dumps({"errors": [masked(error)]})
            return Turn(Answer(500, body, "failed", errors=1), True, True)

    async def _ask(self, bell: Bell) -> Turn:
        live = self._live
        caller = await live.identify(self._token)
        if caller is None:
            raise SignedOut
        self.tenant = str(caller.tenant)
        bell.listen(caller.tenant, live.always)
        asked = await live.settle(caller, self._asked)
        gateway = live.gateway_of(caller)
        context = live.context_of(caller)
        watch = await gateway.watch(asked, context)
        if isinstance(watch, Answer):
            return Turn(watch, True)
        if watch is None:  # a query or a mutation is answered once
            return self._noted(await gateway.answer(asked, context), None, is_over=True)
        # Listened to before it is read: what changes in between rings.
        bell.listen(caller.tenant, {*live.always, *watch.topics(context)})
        async with live.turns:
            is_over = await watch.is_over(context)
            answer = await gateway.answer(asked, context)
        return self._noted(answer, watch, is_over=is_over)

    def _noted(self, answer: Answer, watch: Watch | None, *, is_over: bool) -> Turn:
        self.operation = answer.operation
        if not answer.errors:
            return Turn(answer, is_over)
        found: Any = orjson.loads(answer.body)
        codes = {error["extensions"]["code"] for error in found["errors"]}
        data = found.get("data")
        if data is not None and (watch is None or data.get(watch.key) is not None):
            return Turn(answer, is_over)
        # Without its root there is nothing to watch: it is not there, or not to be seen.
        return Turn(answer, True, bool(codes & PASSING))
