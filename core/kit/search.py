"""Full-text search as a declared capability of lists: the argument ``search``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ClauseElement,
    Column,
    SelectBase,
    Table,
    Text,
    column,
    func,
    select,
)
from sqlalchemy.sql import ColumnElement, FromClause, Select
from sqlalchemy.sql.visitors import iterate

from core.kit.arguments import Bind
from core.kit.db import TENANT
from core.kit.order import core
from core.kit.sql import key_of


@dataclass(frozen=True, eq=False)
class Kept:
    """What is kept of rows beside their words: pages and counts need no look at the rows."""

    #: ``function(tenant uuid, words text[]) returns table (…)``: these columns of what is found.
    function: str
    columns: tuple[Column[Any], ...]
    #: ``function(tenant uuid, words text[]) returns table (…, n bigint)``: how many are found, by
    #: some of these columns, and which. Of values that count as one, any stands for all.
    counts: str
    counted: tuple[Column[Any], ...]
    #: The filters and facets for which that is enough.
    counted_for: frozenset[str]


@dataclass(frozen=True, eq=False)
class Walked:
    """How rows are tested one by one: by the words that are kept of them."""

    #: Keys and words.
    words_of: Table
    #: The regular expressions that a row's words match if it has all of some words.
    exact: Callable[[Sequence[str]], list[str]]
    #: ``function(tenant uuid, words text[]) returns text[]``: the same, unless no row has all of
    #: them; then those for what the words may be slips of.
    patterns: str
    #: The same function, but all words may be slips, whether or not a row has all of them.
    loosely: str
    #: ``function(tenant uuid, words text[]) returns bigint``: how many are found.
    count: str


@dataclass(frozen=True, eq=False)
class Search:
    """The rows whose keys a function of the database finds for some words.

    Operators that search text may leak what they compare, so row-level security keeps them
    from using an index. The function runs as the owner of the tables instead: it takes the
    tenant, and must find nothing unless that is the tenant of the connection.
    """

    #: ``function(tenant uuid, words text[]) returns setof uuid``.
    function: str
    #: The words of what was typed.
    words: Callable[[str], Sequence[str]]
    description: str
    walked: Walked | None = None
    kept: Kept | None = None
    #: Filters that most rows pass: going along the order is as good with them.
    wide: frozenset[str] = frozenset()

    #: Whether rows are fetched by their keys, whatever PostgreSQL thinks: right for a list of all.
    probed: bool = False

    def condition(self, table: FromClause, bind: Bind) -> ColumnElement[bool]:
        found = getattr(func, self.function)(TENANT, self.given(bind)).column_valued("found")
        keys = select(found)
        if self.probed:
            # An array, not a join: it can't know how few they are, and would read all contacts.
            return key_of(table) == func.any(func.array(keys.scalar_subquery()))  # type: ignore[no-any-return]
        return key_of(table).in_(keys)  # type: ignore[no-any-return]

    def keeps(self, expression: Any) -> bool:
        """Whether *expression*, if it is one, reads only what is kept."""
        is_one = isinstance(expression, ClauseElement) or hasattr(expression, "__clause_element__")
        if self.kept is None or not is_one:
            return False
        parts = list(iterate(core(expression)))
        if any(isinstance(part, SelectBase) for part in parts):
            return False
        return {part for part in parts if isinstance(part, Column)} <= set(self.kept.columns)

    def rows(self, bind: Bind) -> CTE:
        """What is kept of the rows that are found; found once, if at all, for all who read it."""
        assert self.kept is not None
        call = getattr(func, self.kept.function)(TENANT, self.given(bind))
        return select(call.table_valued(*self.kept.columns)).cte()

    def counts(self, bind: Bind) -> Select[Any]:
        """How many rows are found, by what they are filtered and counted by."""
        assert self.kept is not None
        call = getattr(func, self.kept.counts)(TENANT, self.given(bind))
        return select(call.table_valued(*self.kept.counted, column("n", BigInteger)))

    def total(self, bind: Bind) -> Select[Any]:
        """How many rows are found in a list of all."""
        assert self.walked is not None
        return select(getattr(func, self.walked.count)(TENANT, self.given(bind)))

    def given(self, bind: Bind) -> ColumnElement[Any]:
        return bind(lambda args: list(self.words(args["search"])), ARRAY(Text))
