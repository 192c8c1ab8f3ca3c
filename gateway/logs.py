"""Log lines: JSON in production, readable in development, with what the endpoint has bound."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from typing import Any

import structlog
from structlog.typing import Processor

from core.kit.settings import Settings

#: Chatty below WARNING; what they say of a request is in the endpoint's own line.
QUIET = ("asyncio", "httpcore", "httpx", "uvicorn.access", "kombu", "alembic")


def configure(settings: Settings) -> None:
    """Give structlog and the standard library's loggers one format, on standard error."""
    as_json = (settings.log_format or _usual_format(settings)) == "json"
    shared = _shared(as_json)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
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
