"""A page of what few rows pass, by the keys of all that pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    Uuid,
    and_,
    case,
    cast,
    false,
    func,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.sql import ColumnElement, FromClause, Select

from core.kit.arguments import Args, Bind
from core.kit.db import owned
from core.kit.keyed import Keyed
from core.kit.sampled import Sampled
from core.kit.sql import key_of

if TYPE_CHECKING:
    from core.kit.relation import Relation

#: So many rows are met along the order while one is looked up by its key.
WORTH = 8
#: Of so many rows, keys are compared with those that pass another test; if more pass that, it is
#: asked of each row that is met.
FEW = 0.05
#: To count, it is: so many keys are compared while one row is asked.
EACH = 10


class Course:
    """The first rows of a list in its order, so far as *furthest* says."""

    def __init__(
        self, relation: Relation, args: Args, bind: Bind, furthest: Any, limit: Any
    ) -> None:
        self.rows = relation.rows(None, {**args, "where": None}, bind)
        self.furthest, self.limit = furthest, limit
        self.order = [o.clause for o in self.rows.order]
        self.page = self.rows.page.where(furthest > literal_column("0"))

    def keys(self, passes: Callable[[FromClause], ColumnElement[bool]]) -> Any:
        """The keys of those that pass, of a page at most."""
        rows = self.rows
        places = [o.column.label(f"place{i}") for i, o in enumerate(rows.order)]
        tested = self.page.add_columns(
            key_of(rows.table).label("key"), passes(rows.table).label("passes"), *places
        )
        further = tested.order_by(*self.order).limit(self.furthest).subquery()
        in_order = [
            (further.c[f"place{i}"].desc() if o.descending else further.c[f"place{i}"].asc())
            for i, o in enumerate(rows.order)
        ]
        first = select(further.c.key).where(further.c.passes).order_by(*in_order)
        page = select(func.array(first.limit(self.limit).scalar_subquery()).label("found")).cte()
        return select(page.c.found).scalar_subquery()

    def is_over(self, keys: Any) -> ColumnElement[bool]:
        """Whether *keys* are the page: it is full, or there are no more rows to look at."""
        key = key_of(self.rows.table)
        gone_along = self.page.add_columns(key).order_by(*self.order).limit(self.furthest)
        count = select(func.count()).select_from(gone_along.subquery()).scalar_subquery()
        return case((func.cardinality(keys) >= self.limit, true()), else_=count < self.furthest)


@dataclass(frozen=True, eq=False)
class Passing:
    """What is known of the rows that pass by their keys, and what is left to ask of each.

    Of several tests that know keys, a sample says which the fewest rows pass: what passes that
    is found, and compared with what passes others, or asked.
    """

    relation: Relation
    bind: Bind
    keyed: Sequence[Keyed]
    #: What no keys are known of.
    rest: Callable[[FromClause], list[ColumnElement[bool]]]

    @classmethod
    def of(cls, relation: Relation, where: Args, bind: Bind) -> Passing | None:
        if relation.filters is None:
            return None
        used = [
            (name, test, test.keyed(name, where[name], bind))
            for name, test in relation.filters.used(where)
        ]
        keyed = [each for _, _, found in used for each in found]
        if not keyed:
            return None

        def rest(table: FromClause) -> list[ColumnElement[bool]]:
            left = [(n, t.beside_keyed if found else t.conditions) for n, t, found in used]
            return [c for n, conditions in left for c in conditions(n, where[n], table, bind)]

        return cls(relation, bind, keyed, rest)

    def page(self, args: Args, limit: Any) -> Any:
        """The keys of a page: of all that were found, either looked up and put in order, or met
        along the order, which is quicker for a thousand and more."""
        among = _Among(self.relation, self.keyed, lambda n, rows, _: n <= rows * _number(FEW))
        found, how_many = among.found()
        walk = Course(self.relation, args, self.bind, how_many * _number(WORTH), limit)
        met = walk.keys(lambda rows: self._is_met(rows, found, among))
        looked_up = self._looked_up(args, found, among, limit)
        return case((walk.is_over(met), met), else_=func.array(looked_up.scalar_subquery()))

    def _is_met(self, rows: FromClause, found: Any, among: _Among) -> Any:
        # Unnested, it is hashed, however many they are.
        is_found = key_of(rows).in_(select(func.unnest(found)))
        beside = self.relation.table.alias()
        rest = [*among.left(beside), *self.rest(beside)]
        if not rest:
            return is_found
        # By key: what the index of the order doesn't have is read only of who is met.
        one = select(and_(*rest)).where(owned(beside), key_of(beside) == key_of(rows))
        passes = func.coalesce(one.correlate(rows).scalar_subquery(), false())
        return case((is_found, passes), else_=false())

    def _looked_up(self, args: Args, found: Any, among: _Among, limit: Any) -> Select[Any]:
        rows = self.relation.rows(None, {**args, "where": None}, self.bind)
        key, rest = key_of(rows.table), [*among.left(rows.table), *self.rest(rows.table)]
        keys = rows.page.add_columns(key).where(key == func.any(found), *rest)
        return keys.order_by(*(o.clause for o in rows.order)).limit(limit)

    def total(self) -> Select[Any] | None:
        """How many pass, if there is nothing else to ask."""
        if self.rest(self.relation.table.alias()):
            return None
        if len(self.keyed) == 1:
            keys = select(self.keyed[0].keys.subquery()).distinct().subquery()
            return select(func.count()).select_from(keys)
        among = _Among(self.relation, self.keyed, lambda n, _, fewest: n < fewest * _number(EACH))
        found, _ = among.found()
        rows = self.relation.table.alias()
        key = func.unnest(found).column_valued("key")
        keys = select(key.label("key")).distinct().subquery()
        passes: Any = select(and_(true(), *among.left(rows))).where(
            owned(rows), key_of(rows) == keys.c.key
        )
        passes = passes.correlate(keys).scalar_subquery()
        return select(func.count()).select_from(keys).where(passes)


class _Among:
    """The keys of those that pass the test that the fewest pass, and others that few do."""

    def __init__(
        self, relation: Relation, keyed: Sequence[Keyed], is_few: Callable[[Any, Any, Any], Any]
    ) -> None:
        self.keyed = keyed
        if len(keyed) == 1:
            return
        counted = Sampled(relation.table).hits([each.has for each in keyed]).cte()
        hits = [counted.c[f"hits{i}"] for i in range(len(keyed))]
        dear = [n * _number(each.dear) for n, each in zip(hits, keyed, strict=True)]
        least = func.least(*dear)
        turns = ((d == least, _number(i)) for i, d in enumerate(dear))
        fewest = case(*((d == least, n) for n, d in zip(hits, dear, strict=True)))
        few = [is_few(n, counted.c.rows, fewest).label(f"few{i}") for i, n in enumerate(hits)]
        self.chosen = select(case(*turns).label("first"), *few).cte()

    def _is_first(self, index: int) -> Any:
        return select(self.chosen.c.first).scalar_subquery() == _number(index)

    def _is_few(self, index: int) -> Any:
        return cast(select(self.chosen.c[f"few{index}"]).scalar_subquery(), Boolean)

    def found(self) -> tuple[Any, Any]:
        """The keys as an array, and how many they are."""
        made = select(func.array(self._keys().scalar_subquery()).label("found")).cte()
        found = cast(select(made.c.found).scalar_subquery(), ARRAY(Uuid))
        return found, select(func.cardinality(made.c.found)).scalar_subquery()

    def _keys(self) -> Any:
        if len(self.keyed) == 1:
            return self.keyed[0].keys
        each = [one.keys.subquery() for one in self.keyed]
        of_first = [
            select(keys.c[0].label("key")).where(self._is_first(i)) for i, keys in enumerate(each)
        ]
        keys = union_all(*of_first).subquery()
        return select(keys.c.key).where(
            *(
                case(
                    (self._is_first(i), true()),
                    (self._is_few(i), keys.c.key.in_(_hashed(one.keys))),
                    else_=true(),
                )
                for i, one in enumerate(self.keyed)
            )
        )

    def left(self, table: FromClause) -> list[ColumnElement[bool]]:
        """What is left to ask of a row whose key was found."""
        if len(self.keyed) == 1:
            return []
        return [
            case((self._is_first(i), true()), (self._is_few(i), true()), else_=one.has(table))
            for i, one in enumerate(self.keyed)
        ]


def _hashed(keys: Any) -> Any:
    return select(func.unnest(func.array(select(keys.subquery()).scalar_subquery())))


def _number(value: float) -> Any:
    return literal_column(str(value))
