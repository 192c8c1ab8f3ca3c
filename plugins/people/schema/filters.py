"""What lists of persons can be narrowed by besides plain columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import strawberry
from sqlalchemy import (
    ARRAY,
    Integer,
    Text,
    Uuid,
    and_,
    any_,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    union_all,
)  # fmt: skip
from sqlalchemy.sql import ColumnElement, FromClause

from core.hierarchy.models import ContactClosure
from core.kit.arguments import Args, Bind, Read
from core.kit.db import TENANT, owned
from core.kit.errors import BadInput
from core.kit.filters import Test
from core.kit.ids import key_in
from core.kit.order import core
from core.kit.reach import Reach
from core.kit.settle import Scope
from plugins.people import rules
from plugins.people.models import PersonSearch, PersonTagging

_SEARCH: Any = PersonSearch.__table__
_TAGGING: Any = PersonTagging.__table__


def _like(table: FromClause, part: str, patterns: Any) -> ColumnElement[bool]:
    """Whether a part of the person is like one of *patterns*.

    If few are, they are looked up; if many are, each person is looked at, in the page's order,
    until the page is full. Which it is, PostgreSQL finds out as it plans: hence ``is_replanned``.
    """
    given = (TENANT, literal_column(f"'{part}'", Text), patterns)
    found = func.people_person_search_found(*given, type_=ARRAY(Uuid))
    search = _SEARCH.alias()
    own = (
        select(search.c[part].like(any_(patterns)))
        .where(owned(search), search.c.person_id == table.c.id)
        .correlate(table)
        .scalar_subquery()
    )
    return or_(and_(found.is_(None), func.coalesce(own, false())), table.c.id == func.any(found))


@dataclass(frozen=True)
class PartTest(Test):
    """A test on a text whose ``contains`` is looked up in a part that persons are found by."""

    part: str = ""
    pattern: Any = None
    is_replanned: ClassVar[bool] = True

    def conditions(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        others = {op: value for op, value in given.items() if op != "contains"}
        found = super().conditions(name, others, table, bind)
        if given.get("contains") is not None:
            patterns = bind(lambda a: [self.pattern(a["where"][name]["contains"])], ARRAY(Text))
            found.append(_like(table, self.part, patterns))
        return found


@dataclass(frozen=True)
class SpanTest(Test):
    """A test on an instant: a week is looked up, of years a page is filled in its order."""

    is_replanned: ClassVar[bool] = True


@dataclass(frozen=True)
class PhoneTest(Test):
    column: Any = None
    is_replanned: ClassVar[bool] = True

    def conditions(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        patterns = bind(lambda args: rules.phone_patterns(args["where"][name]), ARRAY(Text))
        return [_like(table, "numbers", patterns)]


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

    def conditions(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        def keys(op: str) -> Read:
            return lambda args: _tag_keys(args["where"][name][op], f"where.{name}.{op}")

        found: list[ColumnElement[bool]] = []
        if given.get("any") is not None:
            found.append(
                _tagged(table, lambda tag: tag == func.any(bind(keys("any"), ARRAY(Uuid))))
            )
        if given.get("all") is not None:
            # One of them is asked for by itself, so that its few persons are where it begins.
            first = bind(lambda args: _some(keys("all")(args), f"where.{name}.all")[0], Uuid())
            found.append(_tagged(table, lambda tag: tag == first))
            found.append(
                _count(table, bind(keys("all"), ARRAY(Uuid)))
                == bind(lambda args: len(keys("all")(args)), Integer())
            )
        if given.get("isSet") is not None:
            tagged = _tagged(table)
            found.append(tagged if given["isSet"] else not_(tagged))
        return found


def _tagged(table: FromClause, test: Any = lambda tag: literal_column("true")) -> Any:
    link = _TAGGING.alias()
    own = owned(link) & (link.c.person_id == table.c.id)
    return select(link.c.tag_id).where(own, test(link.c.tag_id)).correlate(table).exists()


def _count(table: FromClause, keys: Any) -> Any:
    link = _TAGGING.alias()
    own = owned(link) & (link.c.person_id == table.c.id) & (link.c.tag_id == func.any(keys))
    return select(func.count()).select_from(link).where(own).correlate(table).scalar_subquery()


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
