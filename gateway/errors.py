"""Errors as clients see them: typed, short, and masked when nobody meant them to be seen."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

import structlog
from asyncpg.exceptions import QueryCanceledError
from graphql import FieldNode, GraphQLError

from core.kit.errors import GatewayError
from core.kit.limits import LIMITS
from core.kit.pool import is_wrong_value

log = structlog.get_logger(__name__)


def formatted(message: str, code: str, **extensions: object) -> dict[str, Any]:
    """An error that has no place in a document."""
    return {"message": _short(message), "extensions": {"code": code, **extensions}}


def request_errors(errors: Iterable[GraphQLError], code: str) -> list[dict[str, Any]]:
    """Why a request is not executed; *code* is for those that have none of their own."""
    return [_coded(error, code) for error in errors]


def field_error(error: GraphQLError) -> dict[str, Any]:
    """What happened to a field: said as it is if it was meant for the caller, else masked."""
    cause = error.original_error
    if isinstance(cause, GatewayError):
        return _coded(error, cause.code)
    if cause is None or isinstance(cause, GraphQLError):
        if (error.extensions or {}).get("code"):
            return _coded(error, "BAD_USER_INPUT")
        # graphql-core puts the argument that is wrong before the field, and only the field
        # when what the field returned is wrong.
        if error.nodes and not isinstance(error.nodes[0], FieldNode):
            return _coded(error, "BAD_USER_INPUT")
    if timed_out(cause):
        shown = formatted("This took too long and was stopped. Ask for less.", "TIMEOUT")
    elif is_wrong_value(_of_driver(cause)):
        log.warning("a value the database refuses", path=error.path, error=str(cause))
        shown = formatted("A value is out of range, or can't be kept.", "BAD_USER_INPUT")
    else:
        shown = masked(cause or error, path=error.path)
    return {**dict(error.formatted), **shown}


def masked(error: BaseException, **about: object) -> dict[str, Any]:
    """Log *error* under an id that the client can quote, and say nothing else of it."""
    identifier = secrets.token_hex(4)
    log.error("unexpected error", error_id=identifier, exc_info=error, **about)
    message = f"Unexpected error. Quote {identifier} to support."
    return formatted(message, "INTERNAL_SERVER_ERROR", id=identifier)


def timed_out(error: BaseException | None) -> bool:
    """Whether *error*, or the driver's error that SQLAlchemy wrapped in it, is a time limit."""
    return isinstance(_of_driver(error), TimeoutError | QueryCanceledError)


def _of_driver(error: BaseException | None) -> BaseException | None:
    """The driver's own error, where SQLAlchemy has wrapped it twice."""
    wrapped = getattr(error, "orig", None)
    return getattr(wrapped, "__cause__", None) or error


def _coded(error: GraphQLError, code: str) -> dict[str, Any]:
    answer: dict[str, Any] = dict(error.formatted)
    answer["message"] = _short(answer["message"])
    answer["extensions"] = {"code": code, **answer.get("extensions", {})}
    return answer


def _short(message: str) -> str:
    most = LIMITS.message_characters
    return message if len(message) <= most else message[: most - 1] + "…"
