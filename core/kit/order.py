"""What rows are ordered by, and the choices an API user has of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.sql import ColumnElement, FromClause, operators
from strawberry.utils.str_converters import to_camel_case

from core.kit.arguments import ORDER_SUFFIX, Args, Bind


def core(expression: Any) -> Any:
    """A mapped attribute, or an expression of some, as SQLAlchemy Core sees it."""
    clause = getattr(expression, "__clause_element__", lambda: expression)()
    return clause._deannotate()


@dataclass(frozen=True)
class Order:
    """One column of an ``order_by``; nulls come last, whichever the direction."""

    column: ColumnElement[Any]
    descending: bool = False

    @classmethod
    def of(cls, expression: Any) -> Order:
        clause = core(expression)
        if getattr(clause, "modifier", None) is operators.desc_op:
            return cls(clause.element, True)
        return cls(clause)

    @property
    def nullable(self) -> bool:
        return bool(getattr(self.column, "nullable", True))

    @property
    def clause(self) -> ColumnElement[Any]:
        ordered = self.column.desc() if self.descending else self.column.asc()
        return ordered.nulls_last() if self.nullable else ordered


@dataclass(frozen=True)
class Beside:
    """Rows beside those of a list, one each at most: what to join, on what, and its columns."""

    table: FromClause
    on: ColumnElement[bool]
    columns: Sequence[ColumnElement[Any]]


@dataclass(frozen=True, eq=False)
class ByKey:
    """Orders by what is kept in another table, under a key that the caller names.

    *beside* is given the table, what reads the key from the arguments, and ``bind``. It may
    give several columns, of which a row has one: they sort one after the other.
    """

    #: The argument's name in Python; its values are a *type* with ``key`` and ``descending``.
    argument: str
    type: type
    beside: Callable[[FromClause, Callable[[Args], Any], Bind, bool], Beside]
    #: Raises ``BadInput`` for a key that means nothing to the tenant.
    check_key: Callable[[str, Any], Awaitable[None]]

    def given(self, args: Args) -> Args | None:
        """What the caller gave as the argument, if anything."""
        return args.get(to_camel_case(self.argument))

    async def check(self, args: Args, context: Any) -> None:
        given = self.given(args)
        if given is not None:
            await self.check_key(given["key"], context)

    def rows(self, table: FromClause, args: Args, bind: Bind) -> tuple[Beside, list[Order]]:
        name = to_camel_case(self.argument)
        where = args.get("where") or {}
        is_whole = args.get("search") is None and all(each is None for each in where.values())
        found = self.beside(table, lambda a: a[name]["key"], bind, is_whole)
        descending = args[name]["descending"]
        return found, [Order(column, descending) for column in found.columns]


class Orders:
    """The orders that API users may ask for: an enum with two values for each column.

    ``Orders("Contact", name=models.Contact.name_key, updated_at=models.Contact.updated_at)``
    makes the enum ``ContactOrderBy {NAME_ASC NAME_DESC UPDATED_AT_ASC UPDATED_AT_DESC}``.
    A column may be an expression, such as a select of one value. *by_key* adds an argument.
    """

    def __init__(self, name: str, /, *, by_key: ByKey | None = None, **columns: Any) -> None:
        self.by_key = by_key
        self._columns = {key.upper(): core(column) for key, column in columns.items()}
        choices = [f"{key}_{way}" for key in self._columns for way in ("ASC", "DESC")]
        title = name + ORDER_SUFFIX
        enum: Any = Enum(title, {c: c for c in choices})  # type: ignore[misc]
        self.enum: Any = strawberry.enum(enum, description="What to order by, and which way.")

    def chosen(self, asked: Sequence[Any]) -> list[Order]:
        """The orders named by values of the enum."""
        orders = []
        for choice in asked:
            key, _, way = str(getattr(choice, "value", choice)).rpartition("_")
            orders.append(Order(self._columns[key], way == "DESC"))
        return orders
