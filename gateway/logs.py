"""Log lines: JSON in production, readable in development, with what the endpoint has bound."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, BinaryIO, TextIO

import orjson
import structlog
from structlog.typing import Processor

from core.kit.settings import Settings

#: Chatty below WARNING; what they say of a request is in the endpoint's own line.
QUIET = ("asyncio", "httpcore", "httpx", "uvicorn.access", "kombu", "alembic")


class _Lines(structlog.BytesLogger):
    """Writes our own lines itself: the standard library's handlers take twice as long."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        super().__init__(file)
        self.name = name


def _lines_to(stream: TextIO) -> Callable[..., _Lines]:
    return lambda name="fieldgate", *_: _Lines(stream.buffer, name)


def _json(event: Any, **_: Any) -> bytes:
    try:
        return orjson.dumps(event, default=repr)
    except TypeError:  # a number or a text that JSON has no way to write
        return json.dumps(event, default=repr).encode()


#: Where lines about requests go if they are written without structlog's layers.
_of_requests: _Lines | None = None
_REQUESTS = "fieldgate.request"
_log = structlog.get_logger(_REQUESTS)


def request_line(about: dict[str, Any]) -> None:
    """The line of a request. It is the one that is always written, so as JSON it is written
    straight: through all layers it takes a tenth of what the request takes."""
    if _of_requests is None:
        _log.info("graphql", **about)
        return
    now = datetime.now(UTC).isoformat()[:-6] + "Z"
    line = {**about, "event": "graphql", "logger": _REQUESTS, "level": "info", "timestamp": now}
    _of_requests.msg(_json(line))


_TO_HANDLER = (structlog.stdlib.ProcessorFormatter.wrap_for_formatter,)
_AS_LINES = (
    structlog.processors.format_exc_info,
    structlog.processors.JSONRenderer(serializer=_json),
)


def configure(settings: Settings) -> None:
    """Give structlog and the standard library's loggers one format, on standard error."""
    global _of_requests
    as_json = (settings.log_format or _usual_format(settings)) == "json"
    is_told = logging.getLevelNamesMapping()[settings.log_level] <= logging.INFO
    _of_requests = _Lines(sys.stderr.buffer, _REQUESTS) if as_json and is_told else None
    shared = _shared(as_json)
    structlog.configure(
        processors=[*shared, *(_AS_LINES if as_json else _TO_HANDLER)],
        logger_factory=_lines_to(sys.stderr) if as_json else structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.log_level]
        ),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_last(as_json),
            ],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _usual_format(settings: Settings) -> str:
    return "json" if settings.environment == "production" else "console"


def _shared(as_json: bool) -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso" if as_json else "%H:%M:%S", utc=as_json),
    ]


def _last(as_json: bool) -> Iterable[Any]:
    if as_json:
        return (structlog.processors.format_exc_info, structlog.processors.JSONRenderer())
    colors = sys.stderr.isatty()
    return (
        structlog.dev.ConsoleRenderer(
            colors=colors, exception_formatter=structlog.dev.plain_traceback
        ),
    )
