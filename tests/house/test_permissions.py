"""Every field says which permission it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLObjectType,
    OperationType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)
from strawberry.types.field import StrawberryField

from core.kit.extend import Requires
from core.kit.fields import Declared
from core.kit.sources import Record
from gateway.modules import load_modules
from gateway.schema import schema_of
from tests.cast import Tenant

#: Checks the permission of the type that the id names, once that is known.
BY_ID = {("Query", "node")}
#: Show what the caller's own rows are, as the rows say: the type has a ``seen``.
BY_ROW = {
    ("Query", "job"), ("Query", "jobs"), ("Subscription", "jobChanged"),
    ("Subscription", "jobsChanged"),
}  # fmt: skip
SCHEMA = schema_of(load_modules())._schema


def roots() -> Iterator[tuple[GraphQLObjectType, str]]:
    for root in (SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type):
        assert root is not None
        yield from ((root, name) for name in root.fields)


def asked_by(type_: GraphQLObjectType, name: str) -> list[str]:
    """The permissions that a field asks for, by itself or by the type it belongs to."""
    field: StrawberryField = type_.fields[name].extensions["strawberry-definition"]
    found = [e.permission for e in field.extensions if isinstance(e, Requires)]
    if isinstance(field, Declared):
        found += field.demands
    owner: Any = type_.extensions["strawberry-definition"].origin
    if issubclass(owner, Record) and owner.__requires__:
        found.append(owner.__requires__)
    return found


@pytest.mark.parametrize(("type_", "name"), list(roots()), ids=str)
def test_every_root_field_asks_for_a_permission(type_: GraphQLObjectType, name: str) -> None:
    assert (type_.name, name) in BY_ID | BY_ROW or asked_by(type_, name)


def test_every_type_that_stands_for_rows_asks_for_a_permission() -> None:
    unguarded = [
        type_.name
        for type_ in SCHEMA.type_map.values()
        if isinstance(type_, GraphQLObjectType)
        and (definition := type_.extensions.get("strawberry-definition")) is not None
        and issubclass(definition.origin, Record)
        and not definition.origin.__requires__
        and definition.origin.__seen__ is None
    ]

    assert unguarded == []


def test_every_permission_asked_for_is_one_that_a_module_defines() -> None:
    known = set(load_modules().permissions) | {""}
    asked = {
        permission
        for type_ in SCHEMA.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
        for name in type_.fields
        if type_.fields[name].extensions.get("strawberry-definition") is not None
        for permission in asked_by(type_, name)
    }

    assert asked - known == set()


async def test_without_permissions_every_root_field_is_refused(tenant: Tenant) -> None:
    nobody = tenant.without(*tenant.permissions)
    answered = []

    for kind in ("query", "subscription"):
        root: Any = SCHEMA.get_root_type(OperationType(kind))
        for name, field in root.fields.items():
            if any(is_required_argument(arg) for arg in field.args.values()):
                continue  # fields with an id: tests of isolation ask them
            below = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
            answer = await nobody.answer(f"{kind} {{ {name}{below} }}")
            codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
            if codes != ["FORBIDDEN"]:
                answered.append(name)

    assert sorted(answered) == ["jobs", "jobsChanged", "me"]
