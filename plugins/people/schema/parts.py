"""Filters of persons by a part of their names, address or numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import ARRAY, Text, all_, and_, any_, false, func, literal_column, select
from sqlalchemy.sql import ColumnElement, FromClause, Select

from core.kit.arguments import Args, Bind, Read
from core.kit.db import TENANT, owned
from core.kit.filters import Test
from core.kit.keyed import Keyed
from plugins.people import rules
from plugins.people.models import Person, PersonSearch

_PERSON: Any = Person.__table__
_SEARCH: Any = PersonSearch.__table__


class Parts:
    """The persons of which a part is like one of some patterns."""

    def __init__(self, part: str, bind: Bind, patterns: Read, words: Read | None = None) -> None:
        self.part, self.patterns = part, bind(patterns, ARRAY(Text))
        #: Of names: what their order has of them.
        self.words = bind(words, ARRAY(Text)) if words is not None else None

    def found(self) -> FromClause:
        """All of them, by the index, with what they are ordered by."""
        rows = func.people_person_search_rows(*self._given())
        return select(rows.table_valued(_PERSON.c.id, _PERSON.c.name_key)).subquery()

    def count(self) -> Select[Any]:
        return select(func.people_person_search_count(*self._given()))

    def keyed(self) -> Keyed:
        """Found by the index, and looked at: dearer than by an index that has the keys."""
        return Keyed(select(self.found().c.id), lambda table: and_(*self.has(table)), 4.0)

    def among(self, table: FromClause) -> ColumnElement[bool]:
        keys = select(self.found().c.id).scalar_subquery()
        return table.c.id == func.any(func.array(keys))

    def has(self, table: FromClause) -> list[ColumnElement[bool]]:
        """Whether one person is one of them: names by the index of the order, before a look."""
        search = _SEARCH.alias()
        own = (
            select(search.c[self.part].like(any_(self.patterns)))
            .where(owned(search), search.c.person_id == table.c.id)
            .correlate(table)
            .scalar_subquery()
        )
        own_has = func.coalesce(own, false())
        if self.words is None:
            return [own_has]
        return [table.c.name_key.like(all_(self.words)), own_has]

    def _given(self) -> tuple[Any, ...]:
        return TENANT, literal_column(f"'{self.part}'", Text), self.patterns


@dataclass(frozen=True)
class PartTest(Test):
    """A test on a text whose ``contains`` is looked up in a part that persons are found by."""

    part: str = ""
    pattern: Any = None
    pace: ClassVar[float] = 0.1

    def conditions(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        found = self._others(name, given, table, bind)
        if given.get("contains") is not None:
            found.append(self._parts(name, bind).among(table))
        return found

    def goes_along(self, given: Any) -> bool:
        return given.get("contains") is not None

    def along(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        found = self._others(name, given, table, bind)
        if given.get("contains") is None:
            return found
        return found + self._parts(name, bind).has(table)

    def keyed(self, name: str, given: Any, bind: Bind) -> list[Keyed]:
        return [self._parts(name, bind).keyed()] if given.get("contains") is not None else []

    def beside_keyed(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        return self._others(name, given, table, bind)

    def kept(self, name: str, given: Any, bind: Bind) -> FromClause | None:
        return self._parts(name, bind).found() if _is_alone(given) else None

    def total(self, name: str, given: Any, bind: Bind) -> Select[Any] | None:
        return self._parts(name, bind).count() if _is_alone(given) else None

    def _others(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        others = {op: value for op, value in given.items() if op != "contains"}
        return super().conditions(name, others, table, bind)

    def _parts(self, name: str, bind: Bind) -> Parts:
        def patterns(args: Args) -> list[str]:
            return [self.pattern(args["where"][name]["contains"])]

        return Parts(self.part, bind, patterns, self._words(name))

    def _words(self, name: str) -> Read | None:
        return None


def _is_alone(given: Any) -> bool:
    return {op for op, value in given.items() if value is not None} == {"contains"}


@dataclass(frozen=True)
class NameTest(PartTest):
    """A test on a name, which the index of the order knows nearly: four are read along it while
    one that is looked up is found. But those of one name stand together."""

    pace: ClassVar[float] = 4.0
    common: ClassVar[float] = 0.07

    def _words(self, name: str) -> Read | None:
        return lambda args: rules.name_words(args["where"][name]["contains"])


@dataclass(frozen=True)
class PhoneTest(Test):
    column: Any = None
    pace: ClassVar[float] = 0.1

    def conditions(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        return [self._parts(name, bind).among(table)]

    def goes_along(self, given: Any) -> bool:
        return True

    def along(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        return self._parts(name, bind).has(table)

    def keyed(self, name: str, given: Any, bind: Bind) -> list[Keyed]:
        return [self._parts(name, bind).keyed()]

    def beside_keyed(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        return []

    def kept(self, name: str, given: Any, bind: Bind) -> FromClause | None:
        return self._parts(name, bind).found()

    def total(self, name: str, given: Any, bind: Bind) -> Select[Any] | None:
        return self._parts(name, bind).count()

    def _parts(self, name: str, bind: Bind) -> Parts:
        return Parts("numbers", bind, lambda args: rules.phone_patterns(args["where"][name]))
