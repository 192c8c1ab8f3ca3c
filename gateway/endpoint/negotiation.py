"""Which media type an answer is sent as, and with which status."""

from __future__ import annotations

from functools import lru_cache

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
EVENTS = "text/event-stream"
#: In the order of preference among those a client accepts equally.
SERVED = (GRAPHQL, JSON)
#: Said about the HTTP request rather than the document: clients of both types get it.
ALWAYS_SAID = frozenset({405})


def negotiate(accept: str | None) -> str | None:
    """The media type to answer with; None if *accept* allows none of ours.

    A wildcard means plain JSON: whoever doesn't know the newer type reads this one.
    """
    if not accept or accept.isspace():
        return JSON
    wanted = _qualities(accept)
    anything = wanted.get("application/*", wanted.get("*/*", 0.0))
    qualities = {GRAPHQL: wanted.get(GRAPHQL, 0.0), JSON: wanted.get(JSON, anything)}
    best = max(SERVED, key=lambda media: qualities[media])
    return best if qualities[best] > 0 else None


def wants_events(accept: str | None) -> bool:
    """Whether *accept* asks for a stream of events, and names no JSON: then that is preferred."""
    wanted = _qualities(accept or "")
    return wanted.get(EVENTS, 0.0) > 0 and not any(wanted.get(media) for media in SERVED)


@lru_cache(maxsize=64)
def _qualities(accept: str) -> dict[str, float]:
    wanted: dict[str, float] = {}
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        wanted[media] = max(wanted.get(media, 0.0), _quality(parameters))
    return wanted


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def status_for(media: str, status: int) -> int:
    """Plain JSON says 200 to a well-formed request, so that proxies pass its errors on."""
    return 200 if media == JSON and status not in ALWAYS_SAID else status
