"""What graphql-core must know to run around a plan: what is done already, and what failed."""

from __future__ import annotations

from typing import Any

from asyncpg.exceptions import QueryCanceledError
from graphql import GraphQLError
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from core.kit.errors import GatewayError
from core.kit.pool import is_wrong_value

#: Errors that are the caller's, or the hour's: they say nothing against a field.
NOT_ITS_FAULT = (GatewayError, GraphQLError, QueryCanceledError, TimeoutError, OSError)


def is_its_fault(error: BaseException) -> bool:
    """Whether *error* says something against the field that raised it."""
    return not isinstance(error, NOT_ITS_FAULT) and not is_wrong_value(error)


class Completed:
    """A value that is JSON already."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Open:
    """An object without a row, such as the root or a connection, with its planned fields."""

    __slots__ = ("_ready",)

    def __init__(self, ready: dict[str, Any]) -> None:
        self._ready = ready


class AroundPlan(StrawberryGraphQLCoreExecutionContext):
    """Executes as usual, but passes on what is completed, and notes which fields fail."""

    def complete_value(
        self, return_type: Any, details: Any, info: Any, path: Any, result: Any, position: Any
    ) -> Any:
        if type(result) is Completed:
            result = result.value
            if result is not None:
                return result
        return super().complete_value(return_type, details, info, path, result, position)

    def handle_field_error(self, raw_error: Any, return_type: Any, details: Any, path: Any) -> None:
        if is_its_fault(raw_error):
            self.context_value.failed.add((path.typename, details[0].node.name.value))
        super().handle_field_error(raw_error, return_type, details, path)
