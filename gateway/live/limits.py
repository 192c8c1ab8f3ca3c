"""How much may be watched, and how long is waited for whom."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LiveLimits:
    """Published in docs/live.md."""

    #: Of one web process.
    connections: int = 1_000
    #: Of all of them.
    per_tenant: int = 200
    per_token: int = 10
    #: Operations at a time on one WebSocket.
    operations: int = 25
    #: Characters of the id of an operation.
    id_characters: int = 100
    #: Between opening a WebSocket and its ``connection_init``.
    init_seconds: float = 5
    #: How long a message may wait for a client that doesn't read.
    slow_seconds: float = 10
    #: Between two answers of one operation.
    pause_seconds: float = 0.25
    #: So often is looked without being told: announcements get lost, tokens end.
    look_seconds: float = 30
    #: The same while the other processes can't be heard.
    deaf_seconds: float = 3
    #: Between two signs of life on a stream of events.
    alive_seconds: float = 12
    #: How long clients are given to be told that the process ends.
    farewell_seconds: float = 2
    #: Answers that are made at a time, for all who watch.
    at_once: int = 8


LIVE_LIMITS = LiveLimits()


class Full(Exception):
    """There are as many connections as are allowed."""
