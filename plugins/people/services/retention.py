"""Who has not been dealt with for long, whichever module would know."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import DateTime, Integer, Text, Uuid, bindparam, cast, func, select, tuple_
from sqlalchemy.sql import ColumnElement

from core.kit.activity import PersonActivity
from core.kit.db import Statement, owned
from core.kit.order import core
from core.kit.sql import moved
from plugins.people.models import Person

_CUTOFF = bindparam("cutoff", type_=DateTime(timezone=True))
_AFTER = bindparam("after_at", type_=DateTime(timezone=True))
_AFTER_ID = bindparam("after_id", type_=Uuid)
_LIMIT = cast(bindparam("limit", type_=Integer), Integer)
#: What a cursor holds: when the person was last written, and their key.
PLACE_TYPES = (_AFTER.type, _AFTER_ID.type)
OWN = "PERSON"


@cache
def page_statement(sources: tuple[PersonActivity, ...], after: bool) -> Statement:
    """A page of those who were last dealt with before the cutoff, longest first by their own row.

    Of each, when each of *sources* last saw them.
    """
    person = core(Person.id).table.alias()
    rows = select(person).where(*_inactive(person, sources))
    if after:
        rows = rows.where(tuple_(person.c.updated_at, person.c.id) > tuple_(_AFTER, _AFTER_ID))
    page = rows.order_by(person.c.updated_at, person.c.id).limit(_LIMIT).subquery("page")
    seen = [
        select(func.max(at)).where(*which).correlate(page).scalar_subquery().label(f"a{number}")
        for number, (at, which) in enumerate(_rows(page, source) for source in sources)
    ]
    return Statement(
        select(page.c.id, page.c.updated_at, *seen).order_by(page.c.updated_at, page.c.id)
    )


@cache
def count_statement(sources: tuple[PersonActivity, ...]) -> Statement:
    person = core(Person.id).table.alias()
    rows = select(func.count()).select_from(person).where(*_inactive(person, sources))
    return Statement(rows)


def last(row: Any, sources: Sequence[PersonActivity]) -> tuple[Any, str]:
    """When somebody was last dealt with, and by which source that is known."""
    found = [(row["updated_at"], OWN)]
    found += [(row[f"a{n}"], each.source) for n, each in enumerate(sources) if row[f"a{n}"]]
    return max(found)


def _inactive(person: Any, sources: Sequence[PersonActivity]) -> list[ColumnElement[bool]]:
    found = [owned(person), person.c.erased_at.is_(None), person.c.updated_at < _CUTOFF]
    for source in sources:
        at, which = _rows(person, source)
        found.append(~select(at).where(*which, at >= _CUTOFF).correlate(person).exists())
    return found


def _rows(person: Any, source: PersonActivity) -> tuple[Any, list[ColumnElement[bool]]]:
    """The column that says when, at an alias of its table, and which rows are about *person*."""
    table = core(source.at).table.alias()
    identifier = func.concat("person_", func.replace(cast(person.c.id, Text), "-", ""))
    which = source.of(person.c.id, identifier, person.c.contact_id)
    return moved(core(source.at), table), [owned(table), moved(which, table)]
