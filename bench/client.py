"""The load generator, a process of its own: ``python -m bench.client`` reads a job from stdin.

Requests are bytes that are ready to be sent; connections are kept open. Of each server it
measures the time of a request alone, and how many a second it answers to sixteen at a time.
"""

from __future__ import annotations

import asyncio
import gc
import pickle
import sys
import time
from dataclasses import dataclass, field
from itertools import cycle
from statistics import median
from typing import Any

import httptools
import uvloop

MANY = 16


@dataclass(frozen=True)
class Target:
    """A server, and what it is asked in turn."""

    name: str
    port: int
    requests: list[bytes]


@dataclass(frozen=True)
class Job:
    """Targets that are measured side by side, round by round."""

    targets: list[Target]
    seconds: float
    rounds: int
    #: Whether to measure many at a time too.
    many: bool = True
    #: Each request is sent once only: a document that was seen is another measurement.
    once: bool = False
    #: Ask this path of the same server all the while, to see how long it doesn't answer.
    ping: str | None = None


@dataclass
class Measured:
    """What came of one target: medians over the rounds."""

    ms: float
    per_second: float | None
    #: The longest time that a ping waited.
    stall_ms: float | None
    slowest_ms: float
    bytes: int
    requests: int


class Asker(asyncio.Protocol):
    """Sends one request after another over one connection."""

    def __init__(self, requests: Any, until: float, pause: float = 0) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.times: list[float] = []
        self.body: list[bytes] = []
        self._requests = requests
        self._until = until
        self._pause = pause
        self._parser: Any = None
        self._transport: Any = None
        self._sent = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError(f"the server hung up: {exc}"))

    def on_body(self, body: bytes) -> None:
        self.body.append(body)

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        self.times.append(now - self._sent)
        status = self._parser.get_status_code()
        if status != 200:
            text = b"".join(self.body)[:500].decode(errors="replace")
            self._end(RuntimeError(f"status {status}: {text}"))
        elif now >= self._until:
            self._end()
        elif self._pause:
            asyncio.get_running_loop().call_later(self._pause, self._send)
        else:
            self._send()

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None or self.done.done():
            self._end()
            return
        self.body.clear()
        self._parser = httptools.HttpResponseParser(self)
        self._sent = time.perf_counter()
        self._transport.write(request)

    def _end(self, error: Exception | None = None) -> None:
        if not self.done.done():
            self.done.set_exception(error) if error else self.done.set_result(None)
        self._transport.close()


@dataclass
class Rounds:
    """What has been measured of one target so far."""

    target: Target
    ms: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    stalls: list[float] = field(default_factory=list)
    slowest: float = 0
    bytes: int = 0
    requests: int = 0

    def __post_init__(self) -> None:
        self.given: Any = iter(self.target.requests)

    async def alone(self, job: Job) -> None:
        until = time.perf_counter() + job.seconds
        pinger = asyncio.create_task(self._ping(job, until)) if job.ping else None
        asker = await self._ask(job, until)
        if pinger is not None:
            self.stalls.append((await pinger) * 1000)
        self.ms.append(median(asker.times) * 1000)
        self.slowest = max(self.slowest, max(asker.times) * 1000)
        self.requests += len(asker.times)
        self.bytes = len(b"".join(asker.body))

    async def many(self, job: Job) -> None:
        began = time.perf_counter()
        askers = await asyncio.gather(*(self._ask(job, began + job.seconds) for _ in range(MANY)))
        count = sum(len(asker.times) for asker in askers)
        self.per_second.append(count / (time.perf_counter() - began))
        self.requests += count

    async def _ask(self, job: Job, until: float) -> Asker:
        requests = self.given if job.once else cycle(self.target.requests)
        return await self._connect(Asker(requests, until))

    async def _ping(self, job: Job, until: float) -> float:
        request = f"GET {job.ping} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
        asker = await self._connect(Asker(cycle([request]), until, pause=0.001))
        return max(asker.times)

    async def _connect(self, asker: Asker) -> Asker:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: asker, "127.0.0.1", self.target.port)
        await asker.done
        return asker

    def result(self) -> Measured:
        return Measured(
            ms=median(self.ms),
            per_second=median(self.per_second) if self.per_second else None,
            stall_ms=max(self.stalls, default=None),
            slowest_ms=self.slowest,
            bytes=self.bytes,
            requests=self.requests,
        )


async def measure(job: Job) -> dict[str, Measured]:
    everyone = [Rounds(target) for target in job.targets]
    if not job.once:
        warm = Job(job.targets, job.seconds / 2, 1)
        for each in [Rounds(target) for target in job.targets]:
            await each.alone(warm)
            if job.many:
                await each.many(warm)
    for turn in range(job.rounds):
        # Whoever comes first in a round comes last in the next.
        for each in everyone if turn % 2 == 0 else everyone[::-1]:
            await each.alone(job)
        if job.many:
            for each in everyone if turn % 2 == 0 else everyone[::-1]:
                await each.many(job)
    return {each.target.name: each.result() for each in everyone}


def main() -> None:
    from bench import client  # pickled things name this module, not __main__

    job = pickle.load(sys.stdin.buffer)
    gc.disable()
    pickle.dump(uvloop.run(client.measure(job)), sys.stdout.buffer)


if __name__ == "__main__":
    main()
