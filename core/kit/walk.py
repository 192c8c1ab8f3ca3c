"""What many rows have is found by going along their order: a search for common words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    Text,
    all_,
    case,
    cast,
    exists,
    func,
    literal_column,
    not_,
    select,
    union_all,
)
from sqlalchemy.sql import ColumnElement, FromClause, Select

from core.kit.arguments import Bind
from core.kit.db import TENANT, owned
from core.kit.search import Search
from core.kit.sql import key_of

if TYPE_CHECKING:
    from core.kit.rows import Rows

#: Of the rows in the order of the list, so many are looked at to see whether the words are
#: common: so many of them (one in seventeen), and it is quicker to go on until a page is full than
#: to find all rows that have the words. (Measured with 100,000 rows.)
SAMPLE, COMMON = 200, 12
#: So far it goes: where the sample was right, a page is full by then; where not, little is lost.
FURTHEST = 800


class Walk:
    """A list in its order, and whether words are common enough to be looked for along it.

    *rows* makes the list without search.
    """

    def __init__(self, search: Search, rows: Callable[[], Rows], bind: Bind) -> None:
        assert search.walked is not None
        self.search, self.walked, self.rows, self.bind = search, search.walked, rows, bind
        sample = self._with_words(rows(), SAMPLE).cte()
        words = search.given(bind)
        exact = self.walked.exact
        exactly = bind(lambda args: exact(search.words(args["search"])), ARRAY(Text))
        has_exactly = exists().select_from(sample).where(_has(sample.c.words, exactly))
        slips = select(getattr(func, self.walked.loosely)(TENANT, words))
        loosely = cast(slips.scalar_subquery(), ARRAY(Text))
        near = select(func.count()).select_from(sample).where(_has(sample.c.words, loosely))
        # Whether any row has exactly these words takes a look at the index: only if it matters.
        patterns = case(
            (has_exactly, exactly),
            (near.scalar_subquery() >= COMMON, getattr(func, self.walked.patterns)(TENANT, words)),
            else_=None,
        )
        asked = select(patterns.label("patterns")).cte()
        self.wanted = cast(select(asked.c.patterns).scalar_subquery(), ARRAY(Text))
        hits: Any = func.count().filter(_has(sample.c.words, self.wanted))
        verdict = select((hits >= COMMON).label("is_common")).select_from(sample).cte()
        self.is_common = select(verdict.c.is_common).scalar_subquery()
        #: Whether a page was full, once :meth:`keys` has said how: else all were found already.
        self.is_full: ColumnElement[bool] = self.is_common

    def keys(self, by_index: Select[Any], limit: Any) -> Select[Any]:
        """The keys of a page: along the order until it is full, else those of *by_index*."""
        further = self.rows()
        walk = self._with_words(further, FURTHEST).where(self.is_common).subquery()
        places = [
            (walk.c[f"place{i}"].desc() if o.descending else walk.c[f"place{i}"].asc())
            for i, o in enumerate(further.order)
        ]
        hit = _has(walk.c.words, self.wanted)
        first = select(walk.c.key).where(hit).order_by(*places).limit(limit)
        page = select(func.array(first.scalar_subquery()).label("found")).cte()
        keys = select(page.c.found).scalar_subquery()
        self.is_full = func.cardinality(keys) >= limit
        all_keys = case((self.is_full, keys), else_=func.array(by_index.scalar_subquery()))
        return select(func.unnest(all_keys))

    def counts(self, found: FromClause) -> FromClause:
        """How many there are by what they are counted by: by the index, or of those *found*."""
        kept = self.search.kept
        assert kept is not None
        by = [found.c[column.key] for column in kept.counted]
        of_found = select(*by, func.count().label("n")).select_from(found)
        of_found = of_found.where(not_(self.is_full)).group_by(*by)
        of_all = self.search.counts(self.bind).where(self.is_full)
        return union_all(of_all, of_found).cte()

    def total(self, found: FromClause) -> Select[Any]:
        """How many there are: counted by the index, or those that were *found* for the page."""
        count = self.search.total(self.bind).scalar_subquery()
        of_found = select(func.count()).select_from(found).scalar_subquery()
        return select(case((self.is_full, count), else_=of_found))

    def _with_words(self, rows: Rows, most: int) -> Select[Any]:
        """The first rows of a list, with the words of each."""
        kept = self.walked.words_of.alias()
        of_row = kept.c.contact_id == key_of(rows.table)
        words = select(kept.c.words).where(owned(kept), of_row).scalar_subquery()
        places = [o.column.label(f"place{i}") for i, o in enumerate(rows.order)]
        page = rows.page.add_columns(key_of(rows.table).label("key"), words.label("words"), *places)
        in_order = page.order_by(*(o.clause for o in rows.order))
        return in_order.limit(literal_column(str(most)))


def _has(words: ColumnElement[Any], patterns: Any) -> ColumnElement[bool]:
    return words.op("~", is_comparison=True)(all_(patterns))
