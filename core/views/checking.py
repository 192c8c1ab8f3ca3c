"""Whether a view is one of a list that the caller's schema has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_object_type,
    is_required_argument,
)
from graphql.utilities import coerce_input_value
from graphql.utilities.validate_input_value import validate_input_value
from sqlalchemy import select

from core.custom_fields.models import CustomField
from core.kit.arguments import Args, Parameters
from core.kit.context import Info
from core.kit.errors import BadInput, Refused
from core.kit.lexical import has_nul
from core.kit.relation import Relation
from core.kit.session import TenantSession

MOST_COLUMNS = 50
DEEPEST = 4
#: What a view of a list doesn't keep: where a page begins, and how long it is.
OF_A_PAGE = frozenset({"first", "after"})
#: Below a contact, a custom field is named by its key.
CUSTOM = "customValues"


def lists_of(info: Info) -> dict[str, GraphQLField]:
    """The lists of which there can be views: pages with filters and orders."""
    root = info._raw_info.schema.query_type
    assert root is not None
    return {
        name: field
        for name, field in root.fields.items()
        if {"first", "where", "orderBy"} <= field.args.keys() and _is_readable(info, field)
    }


def _is_readable(info: Info, field: GraphQLField) -> bool:
    definition = field.extensions["strawberry-definition"]
    return info.context.permissions.issuperset(getattr(definition, "demands", ()))


async def check_view(
    info: Info, session: TenantSession, name: str, columns: Sequence[str], arguments: Any
) -> None:
    """Refuse a view that its list could not be asked for."""
    lists = lists_of(info)
    if name not in lists:
        known = ", ".join(sorted(lists))
        raise Refused(
            "LIST_UNKNOWN", f"There is no list '{name[:60]}'. Those are: {known}.", "listName"
        )
    field = lists[name]
    await _check_columns(session, _row_type(field), columns)
    await read_arguments(info, field, arguments)


def _row_type(field: GraphQLField) -> GraphQLObjectType:
    page: Any = get_named_type(field.type)
    found: Any = get_named_type(page.fields["nodes"].type)
    return found  # type: ignore[no-any-return]


async def _check_columns(
    session: TenantSession, row: GraphQLObjectType, columns: Sequence[str]
) -> None:
    if not 1 <= len(columns) <= MOST_COLUMNS:
        message = f"There are {len(columns)} columns; a view has 1 to {MOST_COLUMNS}."
        raise Refused("COLUMN_COUNT", message, "columns")
    for index, path in enumerate(columns):
        if path in columns[:index]:
            raise Refused("COLUMN_TWICE", f"'{path[:80]}' is there twice.", f"columns.{index}")
        if not await _is_column(session, row, path):
            message = f"'{path[:80]}' is no column of a {row.name}: it must lead to a value."
            raise Refused("COLUMN_UNKNOWN", message, f"columns.{index}")


async def _is_column(session: TenantSession, row: GraphQLObjectType, path: str) -> bool:
    type_: Any = row
    steps = path.split(".", DEEPEST - 1)
    for index, step in enumerate(steps):
        field = type_.fields.get(step) if is_object_type(type_) else None
        if field is None or any(map(is_required_argument, field.args.values())):
            return False
        if step == CUSTOM and type_.name == "Contact":
            return await _is_custom(session, ".".join(steps[index + 1 :]))
        if "first" in field.args:
            return False
        type_ = get_named_type(field.type)
    return is_leaf_type(type_)


async def _is_custom(session: TenantSession, key: str) -> bool:
    found = select(CustomField.id).where(CustomField.key == key).limit(1)
    return "\0" not in key and await session.scalar(found) is not None


async def read_arguments(info: Info, field: GraphQLField, arguments: Any) -> Args:
    """A view's arguments as the list reads them; refused if it would not take them."""
    if not isinstance(arguments, dict) or has_nul(arguments):
        message = "'arguments' is an object: the list's own arguments, by their names."
        raise Refused("ARGUMENTS_INVALID", message, "arguments")
    taken = {name: arg for name, arg in field.args.items() if name not in OF_A_PAGE}
    coerced: dict[str, Any] = {"first": 1}
    for name, value in arguments.items():
        at = f"arguments.{name[:60]}"
        if name not in taken:
            message = f"The list takes no '{name[:60]}'; a view keeps: {', '.join(taken)}."
            raise Refused("ARGUMENTS_INVALID", message, at)
        problems: list[str] = []
        validate_input_value(value, taken[name].type, _note(problems))
        if problems:
            raise Refused("ARGUMENTS_INVALID", problems[0][:300], at)
        coerced[name] = coerce_input_value(value, taken[name].type)
    await _check_meaning(info, field, coerced)
    return coerced


def _note(problems: list[str]) -> Callable[[GraphQLError, Sequence[str | int]], None]:
    return lambda error, _: problems.append(error.message)


def source_of(field: GraphQLField) -> Relation | None:
    """The rows of a list, if it is a declared one."""
    source = getattr(field.extensions["strawberry-definition"], "source", None)
    return source if isinstance(source, Relation) else None


async def _check_meaning(info: Info, field: GraphQLField, coerced: dict[str, Any]) -> None:
    """Ask the list itself, as far as that can be done without reading its rows."""
    source = source_of(field)
    if source is None:
        return
    info.context.demand(*source.demands(coerced))
    try:
        await source.check(coerced, info.context)
        source.rows(None, coerced, Parameters().constant(coerced))
    except (BadInput, Refused) as wrong:
        raise Refused("ARGUMENTS_INVALID", str(wrong), "arguments") from None
