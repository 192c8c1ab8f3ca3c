"""What lists of persons can be narrowed by besides plain columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import strawberry
from sqlalchemy import (
    ARRAY,
    Uuid,
    column,
    false,
    func,
    literal_column,
    not_,
    select,
    union_all,
)  # fmt: skip
from sqlalchemy.sql import ColumnElement, FromClause

from core.hierarchy.models import ContactClosure
from core.kit.arguments import Args, Bind, Read
from core.kit.db import owned
from core.kit.errors import BadInput
from core.kit.filters import Test
from core.kit.ids import key_in
from core.kit.order import core
from core.kit.reach import Reach
from core.kit.settle import Scope
from plugins.people.models import PersonTagging

_TAGGING: Any = PersonTagging.__table__
#: To look whether a person with one tag has the others takes as long as to count six taggings.
#: So far tags are counted to see which is quicker.
DEARER, FURTHEST = 6, 50_000


@dataclass(frozen=True)
class SpanTest(Test):
    """A test on an instant: a week is looked up, of years a page is filled in its order."""

    is_replanned: ClassVar[bool] = True


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
        found = [table.c.id.in_(keys) for keys in self._found(name, given, bind)]
        return found + self._set(given, table)

    def probing(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        found = (keys.subquery() for keys in self._found(name, given, bind))
        arrays = (func.array(select(keys.c.person_id).scalar_subquery()) for keys in found)
        return [*(table.c.id == func.any(keys) for keys in arrays), *self._set(given, table)]

    def goes_along(self, given: Any) -> bool:
        return given.get("any") is not None or given.get("all") is not None

    def along(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if given.get("any") is not None:
            found.append(_count(table.c.id, _tags(name, "any", bind)) > literal_column("0"))
        if given.get("all") is not None:
            every = _tags(name, "all", bind)
            found.append(_count(table.c.id, every) == func.cardinality(every))
        return found + self._set(given, table)

    def _found(self, name: str, given: Any, bind: Bind) -> list[Any]:
        """The persons that have some tags, as selects: one must be among each."""
        found = []
        if given.get("any") is not None:
            found.append(_with_any(_tags(name, "any", bind)))
        if given.get("all") is not None:
            found.append(_with_all(_tags(name, "all", bind)))
        return found

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
        def inside(read: Read, type_: Any) -> Any:
            return bind(lambda args: read(args["where"][name]), type_)

        contact = inside(lambda args: _contact_key(args, f"where.{name}.contactId"), Uuid())
        reach = Reach(core(ContactClosure.__table__), contact, given["scope"], inside)
        if reach.only_own:
            return [table.c.contact_id == contact]
        if not reach.selects:
            return [false()]
        return [table.c.contact_id.in_(union_all(*reach.selects))]


def _contact_key(args: Args, field: str) -> Any:
    return key_in(args["contactId"], "contact", field=field)
