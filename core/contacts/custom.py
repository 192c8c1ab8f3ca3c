"""Lists of contacts by custom fields: the filter ``customFields``, the order by a field's key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

import strawberry
from aiodataloader import DataLoader
from sqlalchemy import (
    ARRAY,
    Integer,
    Text,
    and_,
    bindparam,
    cast,
    false,
    func,
    not_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.sql import ColumnElement, FromClause

from core.custom_fields.models import CustomField, CustomOption, CustomValue
from core.custom_fields.rules import KINDS, FieldType
from core.kit.arguments import Args, Bind
from core.kit.context import Context
from core.kit.db import Statement, owned
from core.kit.errors import BadInput
from core.kit.filters import Test
from core.kit.order import Beside, ByKey

MOST_TESTS = 20


@strawberry.input(
    description="A test on a custom field. All tests that are given must hold. Values are texts "
    "that the field's type reads: `12.5`, `2026-01-31`, `true`, the key of an option. Contacts "
    "without a value pass `ne` and `isSet: false` only."
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
        default=strawberry.UNSET, description="For numbers and days, like `lte`."
    )
    lte: str | None = strawberry.UNSET
    is_set: bool | None = strawberry.UNSET


@strawberry.input(description="An order by a custom field; contacts without a value come last.")
class CustomFieldOrder:
    key: str
    descending: bool = False


@dataclass(frozen=True)
class Reading:
    """How a text of the API is compared with one column of values."""

    read: Callable[[str], Any]
    tests: frozenset[str]


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= 100 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


_EQUAL = frozenset({"eq", "ne", "in"})
_RANGE = _EQUAL | {"gte", "lte"}
_TRUTH = {"true": True, "false": False}
READINGS = {
    "text_value": Reading(str, _EQUAL | {"contains"}),
    "decimal_value": Reading(_number, _RANGE),
    "date_value": Reading(_day, _RANGE),
    "boolean_value": Reading(_TRUTH.get, frozenset({"eq", "ne"})),
    "option_id": Reading(str, _EQUAL),
}
_FIELD: Any = CustomField.__table__
_VALUE: Any = CustomValue.__table__
_OPTION: Any = CustomOption.__table__


@dataclass(frozen=True)
class CustomFieldTests(Test):
    """The tests of ``customFields``: what a contact shows in a field with the key must pass."""

    column: Any = None
    is_checked: ClassVar[bool] = True
    is_replanned: ClassVar[bool] = True

    async def check(self, given: Any, context: Any) -> None:
        if len(given) > MOST_TESTS:
            raise BadInput(f"'customFields' has {len(given)} tests; {MOST_TESTS} are allowed.")
        await asyncio.gather(*(_check_test(test, context) for test in given))

    def conditions(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        return [
            condition
            for index, test in enumerate(given)
            for condition in _Tested(name, index, test, table, bind).conditions()
        ]


class _Tested:
    """One test on one key, as conditions on the contacts of *table*."""

    def __init__(self, name: str, index: int, test: Args, table: FromClause, bind: Bind) -> None:
        self.name, self.index, self.test = name, index, test
        self.table, self.bind = table, bind
        self.value, self.field, self.option = _VALUE.alias(), _FIELD.alias(), _OPTION.alias()
        self.asked = {op for op, value in test.items() if value is not None} - {"key", "isSet"}

    def conditions(self) -> list[ColumnElement[bool]]:
        found = []
        if self.asked - {"ne"}:
            found.append(self._shown(self.asked - {"ne"}))
        if "ne" in self.asked:
            found.append(not_(self._shown({"ne"})))
        if self.test.get("isSet") is not None:
            shown = self._shown(set())
            found.append(shown if self.test["isSet"] else not_(shown))
        return found

    def _shown(self, tests: set[str]) -> ColumnElement[bool]:
        """Whether a contact shows a value in the field that passes *tests*.

        A branch for each column that they make sense for, so that each can use its index; a
        text that a column can't read is null there, and PostgreSQL drops the branch.
        """
        if not tests:
            return self._in(self._values(()))
        columns = [column for column, reading in READINGS.items() if tests <= reading.tests]
        if not columns:
            return false()
        branches = [self._values(self._compared(column, tests)) for column in columns]
        return self._in(union_all(*branches))

    def _in(self, shown: Any) -> ColumnElement[bool]:
        return tuple_(self.table.c.id, self.table.c.group_id).in_(shown)

    def _values(self, tests: Any) -> Any:
        field, value = self.field, self.value
        key = self.bind(self._given("key"), Text())
        shown = (field.c.key == key) & field.c.archived_at.is_(None)
        return (
            select(value.c.contact_id, field.c.group_id)
            .select_from(value.join(field, owned(field) & (field.c.id == value.c.field_id)))
            .where(owned(value), shown, *tests)
        )

    def _compared(self, column: str, tests: set[str]) -> list[ColumnElement[bool]]:
        reading = READINGS[column]
        if column == "option_id":
            options = select(self.option.c.id).where(
                owned(self.option),
                self.option.c.field_id == self.field.c.id,
                *(self._test(op, self.option.c.key, reading) for op in sorted(tests)),
            )
            return [self.value.c.option_id.in_(options.correlate(self.field))]
        return [self._test(op, self.value.c[column], reading) for op in sorted(tests)]

    def _test(self, op: str, column: Any, reading: Reading) -> ColumnElement[bool]:
        if op == "in":
            given = self.bind(self._given(op, reading.read), ARRAY(column.type))
            return column == func.any(given)  # type: ignore[no-any-return]
        given = self.bind(self._given(op, reading.read), column.type)
        match op:
            case "gte":
                return column >= given  # type: ignore[no-any-return]
            case "lte":
                return column <= given  # type: ignore[no-any-return]
            case "contains":
                return func.strpos(func.core_sort_key(column), func.core_sort_key(given)) > 0
        return column == given  # type: ignore[no-any-return]  # also for "ne": not in these

    def _given(self, op: str, read: Callable[[str], Any] = str) -> Callable[[Args], Any]:
        def found(args: Args) -> Any:
            value = args["where"][self.name][self.index][op]
            if isinstance(value, list):
                return [v for v in map(read, value) if v is not None]
            return read(value)

        return found


def _beside(table: FromClause, key: Callable[[Args], Any], bind: Bind) -> Beside:
    """What each contact shows in the field with a key: numbers sort before days, and so on."""
    value, field, option = _VALUE.alias(), _FIELD.alias(), _OPTION.alias()
    shown = value.join(field, owned(field) & (field.c.id == value.c.field_id)).outerjoin(
        option, owned(option) & (option.c.id == value.c.option_id)
    )
    on = and_(
        owned(value),
        value.c.contact_id == table.c.id,
        field.c.group_id == table.c.group_id,
        field.c.archived_at.is_(None),
        field.c.type != "MULTI_LIST",  # of which a contact has several
        field.c.key == bind(key, Text()),
    )
    columns = [value.c[c] for c in ("decimal_value", "date_value", "boolean_value")]
    # Answers of a list stand in the list's order. (A cast may be null, unlike the column.)
    return Beside(shown, on, [*columns, cast(option.c.position, Integer), value.c.text_key])


async def _check_key(key: str, context: Any) -> None:
    await _definitions(key, context)


BY_CUSTOM_FIELD = ByKey("order_by_custom_field", CustomFieldOrder, _beside, _check_key)


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
        _FIELD.c.key == func.any(bindparam("keys", type_=ARRAY(Text))),
    )
)


async def _definitions(key: str, context: Context) -> Sequence[Any]:
    """The fields with a key, in whichever groups: there must be one."""

    async def load(keys: list[str]) -> list[list[Any]]:
        given = {**_DEFINED.constants, "tenant": context.tenant, "keys": keys}
        rows = await context.fetch(_DEFINED.text, [given[name] for name in _DEFINED.names])
        return [[row for row in rows if row[0] == each] for each in keys]

    found: Sequence[Any] = await context.loader(
        "custom fields by key", lambda: DataLoader(load)
    ).load(key)
    if not found:
        raise BadInput(f"No custom field has the key '{key[:60]}'.")
    return found


async def _check_test(test: Args, context: Context) -> None:
    key, fields = test["key"], await _definitions(test["key"], context)
    for op, given in test.items():
        if op in ("key", "isSet") or given is None:
            continue
        for value in given if isinstance(given, list) else [given]:
            if not any(_reads(field, op, value) for field in fields):
                types = " and ".join(sorted({field[1] for field in fields}))
                raise BadInput(
                    f"The custom field '{key}' is of type {types}, which has no test "
                    f"{op}: '{value[:60]}'."
                )


def _reads(field: Any, op: str, value: str) -> bool:
    """Whether a test makes sense for a field with these *key, type, options*."""
    reading = READINGS.get(KINDS[FieldType(field[1])].column)
    if reading is None or op not in reading.tests or reading.read(value) is None:
        return False
    return not KINDS[FieldType(field[1])].has_options or value in field[2]
