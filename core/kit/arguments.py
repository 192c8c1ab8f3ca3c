"""Arguments of a field: as coerced values, as a shape, and as parameters of a statement.

A plan is made once and used for many values. What may change between two uses is a *value*;
what may not is the *shape*: which inputs are present, each boolean, each order asked for, and
the type that an ID names. Everything in this module follows from that line.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from enum import Enum
from typing import Any, Protocol

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    VariableNode,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.utilities.coerce_input_value import coerce_default_value
from sqlalchemy import Integer, bindparam, literal_column
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import TypeEngine

from core.kit.ids import prefix_in

Args = dict[str, Any]
Read = Callable[[Args], Any]
#: Enums whose values name columns to order by end so: the SQL depends on which is chosen.
ORDER_SUFFIX = "OrderBy"


class PageSize(Integer):
    """How many rows a page has: bounded, and the only value that may stand in a statement's text.

    PostgreSQL plans better for a number it can see, and there are few of them, so they don't
    crowd the prepared statements out.
    """


class Bind(Protocol):
    """Turns what *read* finds in the arguments into an SQL parameter of type *type_*."""

    def __call__(self, read: Read, type_: TypeEngine[Any]) -> ColumnElement[Any]: ...


def arguments(field: GraphQLField, node: FieldNode, variables: VariableValues) -> Args:
    return get_argument_values(field, node, variables) if field.args else {}


def reader(
    field: GraphQLField, node: FieldNode, variables: VariableValues
) -> Callable[[VariableValues], Args]:
    """What reads :func:`arguments` of *node* for one set of variables after the other, quickly
    where each argument is a constant or a variable. *variables* are those of one request."""
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    bound = []
    for name, argument in field.args.items():
        value = given.get(name)
        if isinstance(value, VariableNode):
            default = coerce_default_value(argument)
            required = isinstance(argument.type, GraphQLNonNull)
            bound.append((argument.out_name or name, value.name.value, default, required))
        elif value is not None and has_variables(value):
            return lambda variables: get_argument_values(field, node, variables)
    names = {name for name, *_ in bound}
    found = arguments(field, node, variables)
    fixed = {name: value for name, value in found.items() if name not in names}

    def read(variables: VariableValues) -> Args:
        args, coerced = dict(fixed), variables.coerced
        for name, variable, default, required in bound:
            value = coerced.get(variable, default)
            if required and (value is None or value is Undefined):
                return get_argument_values(field, node, variables)  # which says what is wrong
            if value is not Undefined:
                args[name] = value
        return args

    return read


def shape(type_: GraphQLInputType, value: Any, names: Collection[str]) -> Hashable:
    """What of *value* decides the SQL. *names* are the id prefixes that are told apart."""
    if value is None or value is Undefined:
        return None
    if isinstance(type_, GraphQLNonNull):
        return shape(type_.of_type, value, names)
    if isinstance(type_, GraphQLInputObjectType):
        fields = type_.fields
        return tuple(
            (key, s)
            for key in fields
            if (s := shape(fields[key].type, value.get(key), names)) is not None
        )
    if isinstance(type_, GraphQLList):
        of = type_.of_type
        of = of.of_type if isinstance(of, GraphQLNonNull) else of
        if isinstance(of, GraphQLEnumType) and of.name.endswith(ORDER_SUFFIX):
            return tuple(shape(of, v, names) for v in value)
        if isinstance(of, GraphQLInputObjectType):
            return ("list", *(shape(of, v, names) for v in value))
        return "list"
    if isinstance(type_, GraphQLEnumType) and type_.name.endswith(ORDER_SUFFIX):
        return str(getattr(value, "value", value))
    if type_.name == "ID":
        prefix = prefix_in(value)
        return prefix if prefix in names else "ID"
    return value if isinstance(value, bool) else type_.name


def has_variables(node: Any) -> bool:
    """Whether a variable stands anywhere in the arguments of *node*."""
    if isinstance(node, VariableNode):
        return True
    children = (
        *(getattr(node, "arguments", None) or ()),
        *(getattr(node, "fields", None) or ()),
        *(getattr(node, "values", None) or ()),
    )
    if any(map(has_variables, children)):
        return True
    value = getattr(node, "value", None)
    return value is not None and not isinstance(value, str | bool) and has_variables(value)


class Parameters:
    """The parameters of one statement, and how to read each from the request's arguments.

    *slot* numbers the fields whose arguments hold variables; constants have none.
    """

    def __init__(self) -> None:
        self.readers: dict[str, tuple[int, Read]] = {}
        self.values: dict[str, Any] = {}

    def variable(self, slot: int, args: Args) -> Bind:
        """*args* are those of the request that is planned for; their page size is all others'."""

        def bind(read: Read, type_: TypeEngine[Any]) -> ColumnElement[Any]:
            if isinstance(type_, PageSize):
                return _page_size(read, args, type_)
            name = f"v{len(self.readers)}"
            self.readers[name] = (slot, read)
            return bindparam(name, type_=type_)

        return bind

    def constant(self, args: Args) -> Bind:
        def bind(read: Read, type_: TypeEngine[Any]) -> ColumnElement[Any]:
            if isinstance(type_, PageSize):
                return _page_size(read, args, type_)
            value = read(args)
            name = f"c{len(self.values)}"
            self.values[name] = value
            return bindparam(name, type_=type_)

        return bind


def _page_size(read: Read, args: Args, type_: PageSize) -> ColumnElement[Any]:
    return literal_column(str(int(read(args))), type_)


def sql_value(value: Any) -> Any:
    """An argument as the driver wants it."""
    if isinstance(value, list):
        return [sql_value(v) for v in value]
    return value.value if isinstance(value, Enum) else value
