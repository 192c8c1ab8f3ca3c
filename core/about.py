"""Links to a thing of any module, kept as its global id: what a note or a file is about.

No foreign key can say it, as modules don't know each other. What such a link points to may be
gone, or its module off: then the id stays and opens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import ARRAY, Text, func, or_, select
from sqlalchemy.sql import ColumnElement, FromClause

from core.contacts.models import Contact
from core.hierarchy.models import ContactClosure
from core.kit.arguments import Args, Bind
from core.kit.context import Info
from core.kit.errors import NotFound, Refused
from core.kit.filters import Test
from core.kit.ids import global_id, key_in
from core.kit.nodes import Named, named
from core.kit.order import core
from core.kit.session import TenantSession
from core.kit.sql import moved


def named_about(info: Info, identifier: str | None, field: str) -> Named | None:
    """What *identifier* names; its form is checked before anything is looked up."""
    return None if identifier is None else named(info, identifier, field)


async def checked_about(
    session: TenantSession, thing: Named | None, contact_id: UUID, field: str
) -> str | None:
    """The id of *thing*, if it is something of the contact's, or of one above or below it."""
    if thing is None:
        return None
    table = thing.of.table
    what = str(table.info["prefix"]).replace("_", " ")
    owner = table.c.id if table is Contact.__table__ else table.c.get("contact_id")
    if owner is None:
        raise Refused("NOT_OF_A_CONTACT", f"A {what} belongs to no contact.", field)
    found, identifier = await thing.row(session, owner), global_id(table.info["prefix"], thing.key)
    if found is None:
        raise NotFound(what, identifier, field)
    if not await _are_related(session, found[0], contact_id):
        message = f"The {what} belongs to a contact that is neither above nor below this one."
        raise Refused("OTHER_CONTACT", message, field)
    return identifier


async def _are_related(session: TenantSession, one: UUID | None, other: UUID) -> bool:
    way = ContactClosure
    found = await session.scalar(
        select(way.depth).where(
            or_(
                (way.ancestor_id == one) & (way.descendant_id == other),
                (way.ancestor_id == other) & (way.descendant_id == one),
            )
        )
    )
    return found is not None


@dataclass(frozen=True)
class _AboutTest(Test):
    """A test on such a link: what is given must be global ids."""

    def conditions(
        self, name: str, given: Any, table: FromClause, bind: Bind
    ) -> list[ColumnElement[bool]]:
        column = moved(self.column, table)
        found: list[ColumnElement[bool]] = []
        if given.get("eq") is not None:
            found.append(column == bind(lambda args: _one(args, name), Text()))
        if given.get("in") is not None:
            found.append(column == func.any(bind(lambda args: _several(args, name), ARRAY(Text))))
        if given.get("isSet") is not None:
            found.append(column.is_not(None) if given["isSet"] else column.is_(None))
        return found


def _one(args: Args, name: str) -> str:
    return _checked(args["where"][name]["eq"], f"where.{name}.eq")


def _several(args: Args, name: str) -> list[str]:
    return [_checked(each, f"where.{name}.in") for each in args["where"][name]["in"]]


def _checked(identifier: str, field: str) -> str:
    key_in(identifier, field=field)
    return identifier


def matching_about(column: Any, description: str | None = None) -> Any:
    """In a filter, as an ``IdFilter``: keep the rows that are about one of some things."""
    test = _AboutTest(core(column))
    return strawberry.field(
        default=strawberry.UNSET, metadata={"test": test}, description=description
    )


def as_kept(identifier: str | None) -> str | None:
    """The id as the API shows it."""
    return identifier
