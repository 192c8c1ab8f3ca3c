"""One test on a custom field, as selects of all that pass and as conditions on one row."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    Text,
    and_,
    false,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql import ColumnElement, FromClause

from core.custom_fields.models import CustomField, CustomOption
from core.custom_fields.readings import READINGS, compared
from core.kit.arguments import Args, Bind
from core.kit.custom import CustomFieldTarget
from core.kit.db import TENANT, owned
from core.kit.keyed import Keyed

_FIELD: Any = CustomField.__table__
_OPTION: Any = CustomOption.__table__


class Tested:
    """One test on one key, as selects of the rows that pass it."""

    def __init__(
        self,
        target: CustomFieldTarget,
        name: str,
        index: int,
        test: Args,
        bind: Bind,
    ) -> None:
        self.target, self.name, self.index, self.test, self.bind = target, name, index, test, bind
        self.value: Any = target.values.__table__.alias()
        self.field, self.option = _FIELD.alias(), _OPTION.alias()
        self.asked = {op for op, value in test.items() if value is not None} - {"key", "isSet"}

    def shown(self) -> list[Any]:
        """What shows of the key must be among these, each."""
        return [self._shown(tests) for tests in self._must()]

    def hidden(self) -> list[Any]:
        """What shows of the key must be among none of these."""
        return [self._shown(tests) for tests in self._must_not()]

    def keyed(self) -> list[Keyed]:
        """The same by keys, of a target whose rows all have the same fields."""
        return [self._keyed(tests) for tests in self._must()]

    def _keyed(self, tests: set[str]) -> Keyed:
        shown = self._shown(tests).subquery()
        keys = select(shown.c[self.target.key]).where(shown.c.scope_id == TENANT)
        return Keyed(keys, lambda table: self._has(tests, table))

    def has_shown(self, table: FromClause) -> list[Any]:
        """The same of a row of *table*, as conditions: each must hold."""
        return [self._has(tests, table) for tests in self._must()]

    def has_hidden(self, table: FromClause) -> list[Any]:
        """And of these none."""
        return [self._has(tests, table) for tests in self._must_not()]

    def _must(self) -> list[set[str]]:
        found = [self.asked - {"ne"}] if self.asked - {"ne"} else []
        return [*found, set()] if self.test.get("isSet") is True else found

    def _must_not(self) -> list[set[str]]:
        found: list[set[str]] = [{"ne"}] if "ne" in self.asked else []
        return [*found, set()] if self.test.get("isSet") is False else found

    def _has(self, tests: set[str], table: FromClause) -> Any:
        """Whether a row shows a value in the field that passes *tests*."""
        of_row = self.value.c[self.target.key] == table.c.id
        if self.target.within is None:
            values = self._values_of_one(of_row, tests)
        else:
            scope = table.c[self.target.scope.key]
            passes = [self._passes(tests)] if tests else []
            values = self._values([of_row, self.field.c.scope_id == scope, *passes])
        # A value, not ``exists``: PostgreSQL would find what shows in all rows, to look into that.
        one = values.with_only_columns(literal_column("true", Boolean)).limit(literal_column("1"))
        return func.coalesce(one.correlate(table).scalar_subquery(), false())

    def _values_of_one(self, of_row: ColumnElement[bool], tests: set[str]) -> Any:
        """What a row shows, if all have the same fields: which one is meant is found once."""
        field, value = self.field, self.value
        meant = (
            owned(field),
            of_target(self.target, field),
            field.c.scope_id == TENANT,
            field.c.key == self.bind(self._given("key"), Text()),
        )
        one = select(field.c.id).where(*meant).scalar_subquery()
        passes = [self._passes(tests, one)] if tests else []
        return select(value.c.field_id).where(
            owned(value), of_row, value.c.field_id == one, *passes
        )

    def _shown(self, tests: set[str]) -> Any:
        """The rows that show a value in the field that passes *tests*.

        A branch for each column that they make sense for, so that each can use its index; a
        text that a column can't read is null there, and PostgreSQL drops the branch.
        """
        if not tests:
            return self._values(())
        columns = [column for column, reading in READINGS.items() if tests <= reading.tests]
        if not columns:
            return self._values([false()])
        branches = [self._values(self._compared(column, tests)) for column in columns]
        return union_all(*branches) if len(branches) > 1 else branches[0]

    def _passes(self, tests: set[str], field: Any = None) -> ColumnElement[bool]:
        columns = [column for column, reading in READINGS.items() if tests <= reading.tests]
        return or_(false(), *(and_(*self._compared(column, tests, field)) for column in columns))

    def _values(self, tests: Any) -> Any:
        field, value = self.field, self.value
        key = self.bind(self._given("key"), Text())
        shown = of_target(self.target, field) & (field.c.key == key)
        return (
            select(value.c[self.target.key], field.c.scope_id)
            .select_from(value.join(field, owned(field) & (field.c.id == value.c.field_id)))
            .where(owned(value), shown, *tests)
        )

    def _compared(
        self, column: str, tests: set[str], field: Any = None
    ) -> list[ColumnElement[bool]]:
        """The tests on a column; *field* is the key of the field, unless it is a row beside."""
        if column == "option_id":
            of_field = self.field.c.id if field is None else field
            options = select(self.option.c.id).where(
                owned(self.option),
                self.option.c.field_id == of_field,
                *(self._option_test(op) for op in sorted(tests)),
            )
            if field is not None:
                return [self.value.c.option_id.in_(options)]
            return [self.value.c.option_id.in_(options.correlate(self.field))]
        return [compared(op, column, self.value, partial(self._bound, op)) for op in sorted(tests)]

    def _option_test(self, op: str) -> ColumnElement[bool]:
        key = self.option.c.key
        if op == "in":
            return key == func.any(self._bound(op, str, ARRAY(Text)))  # type: ignore[no-any-return]
        return key == self._bound(op, str, Text())  # type: ignore[no-any-return]

    def _bound(self, op: str, read: Callable[[str], Any], type_: Any) -> ColumnElement[Any]:
        return self.bind(self._given(op, read), type_)

    def _given(self, op: str, read: Callable[[str], Any] = str) -> Callable[[Args], Any]:
        def found(args: Args) -> Any:
            value = args["where"][self.name][self.index][op]
            if isinstance(value, list):
                return [v for v in map(read, value) if v is not None]
            return read(value)

        return found


def of_target(target: CustomFieldTarget, field: Any) -> Any:
    return (field.c.target == literal_column(f"'{target.kind}'")) & field.c.archived_at.is_(None)
