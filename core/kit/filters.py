"""Filters: inputs of the API whose fields are tests on columns, declared once."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Generic, TypeVar

import strawberry
from sqlalchemy import ARRAY, Text, func, not_
from sqlalchemy.sql import ColumnElement, FromClause, Select
from strawberry.types.base import get_object_definition
from strawberry.utils.str_converters import to_camel_case

from core.kit.arguments import Args, Bind, sql_value
from core.kit.errors import ModuleError
from core.kit.ids import key_in
from core.kit.keyed import Keyed
from core.kit.order import core
from core.kit.sql import moved, of_tenant, prefix_of_target

T = TypeVar("T")


@strawberry.input(description="A test on a text. All tests that are given must hold.")
class TextFilter:
    eq: str | None = strawberry.UNSET
    ne: str | None = strawberry.UNSET
    in_: list[str] | None = strawberry.field(default=strawberry.UNSET, name="in")
    contains: str | None = strawberry.field(
        default=strawberry.UNSET, description="Anywhere in the text, whatever the case."
    )
    is_set: bool | None = strawberry.UNSET


@strawberry.input(description="A test on an ID. All tests that are given must hold.")
class IdFilter:
    eq: strawberry.ID | None = strawberry.UNSET
    in_: list[strawberry.ID] | None = strawberry.field(default=strawberry.UNSET, name="in")
    is_set: bool | None = strawberry.UNSET


@strawberry.input(description="A test on one of a set of values. All that are given must hold.")
class EnumFilter(Generic[T]):
    eq: T | None = strawberry.UNSET
    ne: T | None = strawberry.UNSET
    in_: list[T] | None = strawberry.field(default=strawberry.UNSET, name="in")


@strawberry.input(description="A test on an instant. All tests that are given must hold.")
class DateTimeFilter:
    gte: datetime | None = strawberry.UNSET
    lte: datetime | None = strawberry.UNSET
    is_set: bool | None = strawberry.UNSET


@strawberry.input(description="A test on a day. All tests that are given must hold.")
class DateFilter:
    eq: date | None = strawberry.UNSET
    gte: date | None = strawberry.UNSET
    lte: date | None = strawberry.UNSET
    is_set: bool | None = strawberry.UNSET


@strawberry.input(description="A test on an exact number. All tests that are given must hold.")
class DecimalFilter:
    eq: Decimal | None = strawberry.UNSET
    gte: Decimal | None = strawberry.UNSET
    lte: Decimal | None = strawberry.UNSET
    is_set: bool | None = strawberry.UNSET


def _any_of(column: Any, given: Any) -> Any:
    return column.bool_op("=")(func.any(given))  # of two functions, == would turn the sides


def _contains(column: Any, given: Any) -> Any:
    return func.strpos(func.lower(column), func.lower(given)) > 0


_TESTS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": lambda column, given: column.is_distinct_from(given),
    "in": _any_of,
    "contains": _contains,
    "gte": operator.ge,
    "lte": operator.le,
}


@dataclass(frozen=True)
class Test:
    """What a field of a filter tests. With *keep_unset*, rows without a value always pass."""

    column: Any
    keep_unset: bool = False
    #: The permission without which nobody may ask: who may not see a thing can't filter by it.
    requires: str | None = None

    #: Whether :meth:`check` has something to look up.
    is_checked: ClassVar[bool] = False
    #: Whether a plan that is good for one value may be ruinous for another.
    is_replanned: ClassVar[bool] = False
    #: How many rows are tested along the order of a list while one that passes is found otherwise.
    pace: ClassVar[float] = 0.5
    #: Of so many rows that pass, a page is full sooner along the order than all are found.
    common: ClassVar[float] = 0.04

    def goes_along(self, given: Any) -> bool:
        """Whether it depends on the value how to find a page: along the order, or all that pass."""
        return False

    def along(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        """The conditions as they are quickest for one row after the other."""
        return self.conditions(name, given, table, bind)

    def keyed(self, name: str, given: Any, bind: Bind) -> list[Keyed]:
        """What is known of all rows that pass, by their keys: a row must be among each of these."""
        return []

    def beside_keyed(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        """What a row that is among each of those must pass besides."""
        return self.conditions(name, given, table, bind)

    def kept(self, name: str, given: Any, bind: Bind) -> FromClause | None:
        """What is kept of the rows that pass beside what they are tested by: of all of them."""
        return None

    def total(self, name: str, given: Any, bind: Bind) -> Select[Any] | None:
        """How many rows of all pass, if there is a quicker way to say."""
        return None

    async def check(self, given: Any, context: Any) -> None:
        """Refuse what only the tenant's data can tell is wrong."""

    def conditions(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        column = moved(self.column, table)
        if isinstance(given, bool):  # part of the shape: PostgreSQL may see it
            return [column if given else not_(column)]
        if not isinstance(given, dict):  # a plain value: equality
            return [column == bind(lambda args: sql_value(args["where"][name]), column.type)]
        found: list[ColumnElement[bool]] = []
        for op, value in given.items():
            if value is None:
                continue
            if op == "isSet":
                found.append(column.is_not(None) if value else column.is_(None))
                continue
            type_ = column.type
            if op == "in":
                type_ = ARRAY(type_)
            elif op == "contains":
                type_ = Text()
            found.append(_TESTS[op](column, bind(self._reader(name, op), type_)))
        if self.keep_unset and found:
            both = found[0]
            for condition in found[1:]:
                both = both & condition
            found = [both | column.is_(None)]
        return found

    def _reader(self, name: str, op: str) -> Callable[[Args], Any]:
        prefix = prefix_of_target(self.column)
        if prefix is None:
            return lambda args: sql_value(args["where"][name][op])
        at = f"where.{name}.{op}"
        if op == "in":
            return lambda args: [key_in(v, prefix, field=at) for v in args["where"][name][op]]
        return lambda args: key_in(args["where"][name][op], prefix, field=at)


class Filter:
    """Base of the inputs behind ``filters=``: each field is a test on a column."""

    #: The tests that modules add, whether or not a tenant has them on: its schema knows.
    __widened__: ClassVar[dict[str, Test]]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.__widened__ = {}

    @classmethod
    def tests(cls) -> dict[str, Test]:
        fields = get_object_definition(cls, strict=True).fields
        return {to_camel_case(f.python_name): f.metadata["test"] for f in fields} | cls.__widened__

    @classmethod
    def widen(cls, name: str, test: Test, requires: str) -> None:
        """Add a module's test to this filter."""
        name = to_camel_case(name)
        if name in cls.tests():
            raise ModuleError(f"{cls.__name__} has a test '{name}' already.")
        cls.__widened__[name] = replace(test, requires=requires)

    @classmethod
    def used(cls, where: Args) -> Iterator[tuple[str, Test]]:
        """The tests that *where* asks for, with their names."""
        return ((n, test) for n, test in cls.tests().items() if where.get(n) is not None)

    @classmethod
    def conditions(
        cls,
        table: FromClause,
        where: Args,
        bind: Bind,
        *,
        without: str | None = None,
    ) -> list[ColumnElement[bool]]:
        """What *where* asks for, but for the test called *without*."""
        return [
            condition
            for name, test in cls.used(where)
            if name != without
            for condition in test.conditions(name, where[name], table, bind)
        ]


def matching(column: Any, *, keep_unset: bool = False, description: str | None = None) -> Any:
    """Keep the rows whose *column* (or expression) passes; ask nothing when none is given."""
    test = Test(of_tenant(core(column)), keep_unset)
    return strawberry.field(
        default=strawberry.UNSET, metadata={"test": test}, description=description
    )
