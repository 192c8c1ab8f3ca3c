"""What lists of persons can be narrowed by besides plain columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import strawberry
from sqlalchemy import (
    ARRAY,
    Boolean,
    Uuid,
    and_,
    column,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql import ColumnElement, FromClause, Select

from core.hierarchy.models import ContactClosure
from core.kit.arguments import Args, Bind, Read
from core.kit.db import owned
from core.kit.errors import BadInput
from core.kit.filters import Test
from core.kit.ids import key_in
from core.kit.keyed import Keyed
from core.kit.order import core
from core.kit.reach import Reach
from core.kit.settle import Scope
from plugins.people.models import Person, PersonTagging

_PERSON: Any = Person.__table__
_TAGGING: Any = PersonTagging.__table__
#: To look whether a person with one tag has the others takes as long as to count six taggings.
#: So far tags are counted to see which is quicker.
DEARER, FURTHEST = 6, 50_000


@dataclass(frozen=True)
class SpanTest(Test):
    """A test on an instant: a week is looked up, of years a page is filled in its order."""

    is_replanned: ClassVar[bool] = True

    def keyed(self, name: str, given: Any, bind: Bind) -> list[Keyed]:
        if given.get("gte") is None and given.get("lte") is None:
            return []

        def has(row: FromClause) -> ColumnElement[bool]:
            return and_(*self.conditions(name, given, row, bind))

        table = _PERSON.alias()
        return [Keyed(select(table.c.id).where(owned(table), has(table)), has)]

    def total(self, name: str, given: Any, bind: Bind) -> Select[Any]:
        table = _PERSON.alias()
        own = owned(table), *self.conditions(name, given, table, bind)
        return select(func.count()).select_from(table).where(*own)

    def beside_keyed(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        return []


@strawberry.input(description="A test on a person's tags. All tests that are given must hold.")
class PersonTagsTest:
    any: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="At least one of these tags."
    )
    all: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Each of these tags, perhaps others too."
    )
    is_set: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether they have a tag at all."
    )


@dataclass(frozen=True)
class TagsTest(Test):
    column: Any = None
    is_replanned: ClassVar[bool] = True
    common: ClassVar[float] = 0.015

    def conditions(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        found = [table.c.id.in_(each.keys) for each in self.keyed(name, given, bind)]
        return found + self._set(given, table)

    def keyed(self, name: str, given: Any, bind: Bind) -> list[Keyed]:
        found = []
        if given.get("any") is not None:
            any_of = _tags(name, "any", bind)
            found.append(Keyed(_with_any(any_of), lambda table: _has_any(table, any_of)))
        if given.get("all") is not None:
            every = _tags(name, "all", bind)
            found.append(Keyed(_with_all(every), lambda table: _has_all(table, every)))
        return found

    def beside_keyed(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        return self._set(given, table)

    def goes_along(self, given: Any) -> bool:
        return given.get("any") is not None or given.get("all") is not None

    def along(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        found = [each.has(table) for each in self.keyed(name, given, bind)]
        return found + self._set(given, table)

    def _set(self, given: Any, table: FromClause) -> list[ColumnElement[bool]]:
        if given.get("isSet") is None:
            return []
        tagged = _tagged(table)
        return [tagged if given["isSet"] else not_(tagged)]


def _tags(name: str, op: str, bind: Bind) -> Any:
    """The tags that are named; those of ``all`` must be some."""

    def keys(args: Args) -> list[Any]:
        field = f"where.{name}.{op}"
        found = _tag_keys(args["where"][name][op], field)
        return _some(found, field) if op == "all" else found

    return bind(keys, ARRAY(Uuid))


def _with_any(keys: Any) -> Any:
    """The persons that have one of some tags."""
    link = _TAGGING.alias()
    return select(link.c.person_id).where(owned(link), link.c.tag_id == func.any(keys))


def _with_all(keys: Any) -> Any:
    """The persons that have each of some tags: those with the rarest are looked at, or, if others
    are not much more common, all that have any are counted."""
    each = func.unnest(keys).table_valued(column("key", Uuid)).render_derived()
    link = _TAGGING.alias()
    few: Any = select(literal_column("1")).where(owned(link), link.c.tag_id == each.c.key)
    few = few.limit(literal_column(str(FURTHEST))).correlate(each)
    count = select(func.count()).select_from(few.subquery()).scalar_subquery()
    tags = select(each.c.key.label("tag_id"), count.label("persons")).cte()
    rarest: Any = select(tags.c.tag_id).order_by(tags.c.persons, tags.c.tag_id)
    tag = rarest.limit(literal_column("1")).scalar_subquery()
    dearest = func.min(tags.c.persons) * literal_column(str(DEARER))
    is_rare = select(dearest < func.sum(tags.c.persons)).scalar_subquery()
    first, any_of = _TAGGING.alias(), _TAGGING.alias()
    n = func.cardinality(keys)
    looked_at = select(first.c.person_id).where(
        owned(first), is_rare, first.c.tag_id == tag, _count(first.c.person_id, keys) == n
    )
    counted = (
        select(any_of.c.person_id)
        .where(owned(any_of), not_(is_rare), any_of.c.tag_id == func.any(keys))
        .group_by(any_of.c.person_id)
        .having(func.count() == n)
    )
    return union_all(looked_at, counted)


def _tagged(table: FromClause) -> Any:
    link = _TAGGING.alias()
    own = owned(link) & (link.c.person_id == table.c.id)
    return select(link.c.tag_id).where(own).correlate(table).exists()


def _has_any(table: FromClause, keys: Any) -> Any:
    return _count(table.c.id, keys) > literal_column("0")


def _has_all(table: FromClause, keys: Any) -> Any:
    return _count(table.c.id, keys) == func.cardinality(keys)


def _count(person: Any, keys: Any) -> Any:
    """How many of some tags a person has."""
    link = _TAGGING.alias()
    own = owned(link) & (link.c.person_id == person) & (link.c.tag_id == func.any(keys))
    counted = select(func.count()).select_from(link).where(own)
    return counted.correlate(person.table).scalar_subquery()


def _tag_keys(given: list[str], field: str) -> list[Any]:
    return sorted({key_in(each, "person_tag", field=field) for each in given})


def _some(keys: list[Any], field: str) -> list[Any]:
    if not keys:
        raise BadInput(f"'{field}' names no tag. Name some, or leave it out.")
    return keys


@strawberry.input(description="A contact, and the levels of its tree that are meant.")
class PersonTreeTest:
    contact_id: strawberry.ID
    scope: Scope


@dataclass(frozen=True)
class TreeTest(Test):
    column: Any = None
    is_replanned: ClassVar[bool] = True

    def conditions(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        reach = _reach(name, given, bind)
        if reach.only_own:
            return [table.c.contact_id == reach.key]
        if not reach.selects:
            return [false()]
        return [table.c.contact_id.in_(union_all(*reach.selects))]

    def keyed(self, name: str, given: Any, bind: Bind) -> list[Keyed]:
        reach = _reach(name, given, bind)
        if not reach.selects:
            return []
        table = _PERSON.alias()
        own = owned(table) & table.c.contact_id.in_(union_all(*reach.selects))
        return [Keyed(select(table.c.id).where(own), lambda row: _is_in(row, reach))]

    def beside_keyed(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        return []

    def along(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        reach = _reach(name, given, bind)
        if not reach.selects:
            return self.conditions(name, given, table, bind)
        return [_is_in(table, reach)]


def _reach(name: str, given: Any, bind: Bind) -> Reach:
    def inside(read: Read, type_: Any) -> Any:
        return bind(lambda args: read(args["where"][name]), type_)

    contact = inside(lambda args: _contact_key(args, f"where.{name}.contactId"), Uuid())
    return Reach(core(ContactClosure.__table__), contact, given["scope"], inside)


def _is_in(table: FromClause, reach: Reach) -> ColumnElement[bool]:
    """Whether a person's contact is within reach, asked of the closure for that one."""
    ways = []
    for found in reach.selects:
        (id_,) = found.selected_columns
        one = found.with_only_columns(literal_column("true", Boolean))
        one = one.where(id_ == table.c.contact_id).limit(literal_column("1"))
        ways.append(func.coalesce(one.correlate(table).scalar_subquery(), false()))
    return or_(*ways)


def _contact_key(args: Args, field: str) -> Any:
    return key_in(args["contactId"], "contact", field=field)
