"""Lists by custom fields: the filter ``customFields``, and the order by a field's key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import strawberry
from aiodataloader import DataLoader
from sqlalchemy import (
    ARRAY,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    intersect,
    literal_column,
    not_,
    select,
    tuple_,
)
from sqlalchemy.sql import ColumnElement, FromClause

from core.custom_fields.models import CustomField, CustomOption
from core.custom_fields.readings import reads
from core.custom_fields.rules import FieldType
from core.custom_fields.testing import Tested, of_target
from core.kit.arguments import Args, Bind
from core.kit.context import Context
from core.kit.custom import CustomFieldTarget
from core.kit.db import Statement, owned
from core.kit.errors import BadInput
from core.kit.filters import Test
from core.kit.keyed import Keyed
from core.kit.order import Beside, ByKey

MOST_TESTS = 20


@strawberry.input(
    description="A test on a custom field. All tests that are given must hold. Values are texts "
    "that the field's type reads: `12.5`, `2026-01-31`, `true`, the key of an option, "
    "the ID of a reference. What has no value passes `ne` and `isSet: false` only."
)
class CustomFieldTest:
    key: str = strawberry.field(description="Of the field, in whichever groups have it.")
    eq: str | None = strawberry.UNSET
    ne: str | None = strawberry.UNSET
    in_: list[str] | None = strawberry.field(default=strawberry.UNSET, name="in")
    contains: str | None = strawberry.field(
        default=strawberry.UNSET, description="Anywhere in a text, whatever the case and accents."
    )
    gte: str | None = strawberry.field(
        default=strawberry.UNSET, description="For numbers, days and instants, like `lte`."
    )
    lte: str | None = strawberry.UNSET
    is_set: bool | None = strawberry.UNSET


@strawberry.input(description="An order by a custom field; rows without a value come last.")
class CustomFieldOrder:
    key: str
    descending: bool = False


_FIELD: Any = CustomField.__table__
_OPTION: Any = CustomOption.__table__


@dataclass(frozen=True)
class CustomFieldTests(Test):
    """The tests of ``customFields``: what a row shows in a field with the key must pass."""

    column: Any = None
    target: Any = None
    is_checked: ClassVar[bool] = True
    is_replanned: ClassVar[bool] = True

    async def check(self, given: Any, context: Any) -> None:
        if len(given) > MOST_TESTS:
            raise BadInput(f"'customFields' has {len(given)} tests; {MOST_TESTS} are allowed.")
        await asyncio.gather(*(_check_test(self.target, test, context) for test in given))

    def conditions(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        tested = [Tested(self.target, name, i, t, bind) for i, t in enumerate(given)]
        shown = [each for test in tested for each in test.shown()]
        hidden = [each for test in tested for each in test.hidden()]
        row = tuple_(table.c.id, table.c[self.target.scope.key])
        # Found test by test, and then compared: PostgreSQL takes each for one that nothing passes,
        # and would else look through all that passes one for each row that passes another.
        passing = [row.in_(shown[0] if len(shown) == 1 else intersect(*shown))] if shown else []
        return [*passing, *(not_(row.in_(each)) for each in hidden)]

    def keyed(self, name: str, given: Any, bind: Bind) -> list[Keyed]:
        if self.target.within is not None:  # what a row shows depends on the row
            return []
        tested = (Tested(self.target, name, i, t, bind) for i, t in enumerate(given))
        return [each for test in tested for each in test.keyed()]

    def beside_keyed(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        tested = (Tested(self.target, name, i, t, bind) for i, t in enumerate(given))
        return [not_(has) for test in tested for has in test.has_hidden(table)]

    def goes_along(self, given: Any) -> bool:
        return bool(given)

    def along(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        tested = [Tested(self.target, name, i, t, bind) for i, t in enumerate(given)]
        shown = [has for test in tested for has in test.has_shown(table)]
        return [*shown, *(not_(has) for test in tested for has in test.has_hidden(table))]


def _beside(
    target: CustomFieldTarget,
    table: FromClause,
    key: Callable[[Args], Any],
    bind: Bind,
    is_whole: bool,
) -> Beside:
    """What each row shows in the field with a key: numbers sort before days, and so on."""
    value, field, option = target.values.__table__.alias(), _FIELD.alias(), _OPTION.alias()
    shown = value.join(field, owned(field) & (field.c.id == value.c.field_id)).outerjoin(
        option, owned(option) & (option.c.id == value.c.option_id)
    )
    on = and_(
        owned(value),
        value.c[target.key] == table.c.id,
        value.c.place == literal_column("0"),
        of_target(target, field),
        field.c.scope_id == table.c[target.scope.key],
        field.c.key == bind(key, Text()),
    )
    if is_whole:
        firsts = _firsts_of(target, bind(key, Text()))
        of_value = (firsts.c.row == value.c[target.key]) & (firsts.c.field_id == value.c.field_id)
        shown, several = shown.outerjoin(firsts, of_value), firsts.c.position
    else:
        several = _first_of(target, value)
    names = ("decimal_value", "date_value", "instant_value", "boolean_value")
    # Answers of a list stand in the list's order. (A cast may be null, unlike the column.)
    position = case(
        (field.c.type == literal_column(f"'{FieldType.MULTI_LIST}'"), several),
        else_=cast(option.c.position, Integer),
    )
    return Beside(shown, on, [*(value.c[name] for name in names), position, value.c.text_key])


def _first_of(target: CustomFieldTarget, value: Any) -> Any:
    """Where the first of several answers stands in its list."""
    each, option = target.values.__table__.alias(), _OPTION.alias()
    return (
        select(func.min(option.c.position))
        .select_from(each.join(option, owned(option) & (option.c.id == each.c.option_id)))
        .where(
            owned(each),
            each.c[target.key] == value.c[target.key],
            each.c.field_id == value.c.field_id,
        )
        .correlate(value)
        .scalar_subquery()
    )


def _firsts_of(target: CustomFieldTarget, key: Any) -> Any:
    """The same of all rows, found at once: a look at each takes three times as long."""
    each, field, option = target.values.__table__.alias(), _FIELD.alias(), _OPTION.alias()
    answers = each.join(field, owned(field) & (field.c.id == each.c.field_id)).join(
        option, owned(option) & (option.c.id == each.c.option_id)
    )
    row, position = each.c[target.key].label("row"), func.min(option.c.position).label("position")
    return (
        select(row, each.c.field_id, position)
        .select_from(answers)
        .where(
            owned(each),
            of_target(target, field),
            field.c.key == key,
            field.c.type == literal_column(f"'{FieldType.MULTI_LIST}'"),
        )
        .group_by(each.c[target.key], each.c.field_id)
        .subquery()
    )


def by_custom_field(target: CustomFieldTarget) -> ByKey:
    """The order by what rows of *target* show in a field."""

    async def check_key(key: str, context: Any) -> None:
        await _definitions(target, key, context)

    return ByKey("order_by_custom_field", CustomFieldOrder, partial(_beside, target), check_key)


def custom_fields(target: CustomFieldTarget, description: str) -> Any:
    """The field ``customFields`` of the filter for rows of *target*."""
    return strawberry.field(
        default=strawberry.UNSET,
        description=description,
        metadata={"test": CustomFieldTests(target=target)},
    )


# --- what the tenant has defined -----------------------------------------------------------

_DEFINED = Statement(
    select(
        _FIELD.c.key,
        _FIELD.c.type,
        func.array(
            select(_OPTION.c.key)
            .where(owned(_OPTION), _OPTION.c.field_id == _FIELD.c.id)
            .correlate(_FIELD)
            .scalar_subquery()
        ),
    ).where(
        owned(_FIELD),
        _FIELD.c.archived_at.is_(None),
        _FIELD.c.target == bindparam("target", type_=Text),
        _FIELD.c.key == func.any(bindparam("keys", type_=ARRAY(Text))),
    )
)


async def _definitions(target: CustomFieldTarget, key: str, context: Context) -> Sequence[Any]:
    """The fields of a target with a key, in whichever groups: there must be one."""

    async def load(keys: list[str]) -> list[list[Any]]:
        given = {
            **_DEFINED.constants,
            "tenant": context.tenant,
            "keys": keys,
            "target": target.kind,
        }
        rows = await context.fetch(_DEFINED.text, [given[name] for name in _DEFINED.names])
        return [[row for row in rows if row[0] == each] for each in keys]

    found: Sequence[Any] = await context.loader(
        ("custom fields by key", target.kind), lambda: DataLoader(load)
    ).load(key)
    if not found:
        raise BadInput(f"No custom field has the key '{key[:60]}'.")
    return found


async def _check_test(target: CustomFieldTarget, test: Args, context: Context) -> None:
    key, fields = test["key"], await _definitions(target, test["key"], context)
    for op, given in test.items():
        if op in ("key", "isSet") or given is None:
            continue
        for value in given if isinstance(given, list) else [given]:
            if not any(reads(type_, keys, op, value) for _, type_, keys in map(tuple, fields)):
                types = " and ".join(sorted({field[1] for field in fields}))
                raise BadInput(
                    f"The custom field '{key}' is of type {types}, which has no test "
                    f"{op}: '{value[:60]}'."
                )
