"""Full-text search as a declared capability of lists: the argument ``search``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    CTE,
    ClauseElement,
    Column,
    SelectBase,
    Table,
    Text,
    all_,
    case,
    cast,
    exists,
    func,
    literal_column,
    select,
)
from sqlalchemy.sql import ColumnElement, FromClause, Select
from sqlalchemy.sql.visitors import iterate

from core.kit.arguments import Bind
from core.kit.db import TENANT, owned
from core.kit.order import core
from core.kit.sql import key_of

if TYPE_CHECKING:
    from core.kit.relation import Rows

#: Of the rows in the order of the list, so many are looked at to see whether the words are
#: common: so many of them, and it is quicker to go on than to find all rows that have the words.
SAMPLE, COMMON = 200, 4
#: So far it goes.
FURTHEST = 3000


@dataclass(frozen=True, eq=False)
class Kept:
    """What is kept of rows beside their words: pages and counts need no look at the rows."""

    #: ``function(tenant uuid, words text[]) returns table (…)``: these columns of what is found.
    function: str
    columns: tuple[Column[Any], ...]


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
    #: ``function(tenant uuid, words text[], most bigint) returns bigint``: how many are found.
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
        found = getattr(func, self.function)(TENANT, self._given(bind)).column_valued("found")
        keys = select(found)
        if self.probed:
            # An array, not a join: it can't know how few they are, and would read all contacts.
            return key_of(table) == func.any(func.array(keys.scalar_subquery()))  # type: ignore[no-any-return]
        return key_of(table).in_(keys)  # type: ignore[no-any-return]

    def keeps(self, expression: Any) -> bool:
        """Whether *expression*, if it is one, reads only what is kept."""
        if self.kept is None or not hasattr(expression, "__clause_element__") | isinstance(
            expression, ClauseElement
        ):
            return False
        parts = list(iterate(core(expression)))
        if any(isinstance(part, SelectBase) for part in parts):
            return False
        return {part for part in parts if isinstance(part, Column)} <= set(self.kept.columns)

    def rows(self, bind: Bind) -> CTE:
        """What is kept of the rows that are found; found once, if at all, for all who read it."""
        assert self.kept is not None
        call = getattr(func, self.kept.function)(TENANT, self._given(bind))
        return select(call.table_valued(*self.kept.columns)).cte()

    def total(self, bind: Bind) -> Select[Any]:
        """How many rows are found in a list of all."""
        assert self.walked is not None
        return select(getattr(func, self.walked.count)(TENANT, self._given(bind)))

    def first(
        self, rows: Callable[[], Rows], by_index: Select[Any], limit: Any, bind: Bind
    ) -> Select[Any]:
        """The keys of a page, whatever the words: those that *by_index* selects.

        Words that many rows have are found by going along the order of the list until the page is
        full; others by their index, and put in order then. *rows* makes the list without search.
        """
        assert self.walked is not None
        exact = self.walked.exact
        exactly = bind(lambda args: exact(self.words(args["search"])), ARRAY(Text))
        sample = self._with_words(rows(), SAMPLE).cte()
        has_exactly = exists().select_from(sample).where(_has(sample.c.words, exactly))
        patterns = getattr(func, self.walked.patterns)(TENANT, self._given(bind))
        asked = select(case((has_exactly, exactly), else_=patterns).label("patterns")).cte()
        # Not a join: the patterns are found once, and only if they are needed.
        wanted = cast(select(asked.c.patterns).scalar_subquery(), ARRAY(Text))
        hits: Any = func.count().filter(_has(sample.c.words, wanted))
        verdict = select((hits >= COMMON).label("is_common")).select_from(sample).cte()
        further = rows()
        is_common = select(verdict.c.is_common).scalar_subquery()
        walk = self._with_words(further, FURTHEST).where(is_common).subquery()
        places = [
            (walk.c[f"place{i}"].desc() if o.descending else walk.c[f"place{i}"].asc())
            for i, o in enumerate(further.order)
        ]
        hit = _has(walk.c.words, wanted)
        first = select(walk.c.key).where(hit).order_by(*places).limit(limit)
        page = select(func.array(first.scalar_subquery()).label("found")).cte()
        keys = select(page.c.found).scalar_subquery()
        all_keys = case(
            (func.cardinality(keys) >= limit, keys),
            else_=func.array(by_index.scalar_subquery()),
        )
        chosen: Select[Any] = select(func.unnest(all_keys))
        return chosen.add_cte(sample, asked, verdict, page, nest_here=True)

    def _with_words(self, rows: Rows, most: int) -> Select[Any]:
        """The first rows of a list, with the words of each."""
        assert self.walked is not None
        kept = self.walked.words_of.alias()
        of_row = kept.c.contact_id == key_of(rows.table)
        words = select(kept.c.words).where(owned(kept), of_row).scalar_subquery()
        places = [o.column.label(f"place{i}") for i, o in enumerate(rows.order)]
        page = rows.page.add_columns(key_of(rows.table).label("key"), words.label("words"), *places)
        in_order = page.order_by(*(o.clause for o in rows.order))
        return in_order.limit(literal_column(str(most)))

    def _given(self, bind: Bind) -> ColumnElement[Any]:
        return bind(lambda args: list(self.words(args["search"])), ARRAY(Text))


def _has(words: ColumnElement[Any], patterns: Any) -> ColumnElement[bool]:
    return words.op("~", is_comparison=True)(all_(patterns))
