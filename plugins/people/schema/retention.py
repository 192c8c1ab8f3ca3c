"""Who has not been dealt with for long, in the API: whom to erase, perhaps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import strawberry

from core.kit.context import Info
from core.kit.db import Statement
from core.kit.errors import BadInput
from core.kit.extend import extend
from core.kit.nodes import record
from core.kit.paging import PageInfo, page_size, read_cursor, write_cursor
from core.mail.schema.templates import modules_of
from core.roots import Query
from plugins.people import rules
from plugins.people.schema.persons import Person
from plugins.people.services import retention


async def _person(root: InactivePerson, info: Info) -> Person | None:
    return await record(info, "Person", root.key)  # type: ignore[no-any-return]


@strawberry.type(description="Somebody who has not been dealt with for long.")
class InactivePerson:
    key: strawberry.Private[UUID]
    person: Person | None = strawberry.field(resolver=_person)
    last_activity_at: datetime = strawberry.field(
        description="When anything last happened with them."
    )
    source: str = strawberry.field(
        description="By what that is known: `PERSON` (their own data), `CONSENT`, `NOTE`, "
        "`ATTACHMENT`, or of their contact `MISSION`, `FINANCIAL_DOCUMENT`; other modules add "
        "theirs."
    )


async def _total_count(root: InactivePersons, info: Info) -> int:
    statement = retention.count_statement(_sources(info))
    rows = await _fetch(info, statement, cutoff=root.cutoff)
    return int(rows[0][0])


@strawberry.type(description="A page of them.")
class InactivePersons:
    cutoff: strawberry.Private[datetime]
    nodes: list[InactivePerson]
    page_info: PageInfo
    total_count: int = strawberry.field(
        resolver=_total_count, description="How many on all pages. Counted only when asked for."
    )


async def _inactive(
    info: Info, months: int, first: int = 20, after: str | None = strawberry.UNSET
) -> InactivePersons:
    info.context.demand("people.read")
    size, now = page_size({"first": first}), datetime.now(UTC)
    cutoff, sources = rules.months_before(now, months), _sources(info)
    place = read_cursor(after, retention.PLACE_TYPES) if after else [None, None]
    if None in place and after:
        raise BadInput("The cursor in 'after' is not one of this list.")
    rows = await _fetch(
        info, retention.page_statement(sources, bool(after)), cutoff=cutoff, limit=size + 1,
        after_at=place[0], after_id=place[1],
    )  # fmt: skip
    shown = rows[:size]
    cursors = [write_cursor([row["updated_at"], row["id"]]) for row in shown]
    nodes = []
    for row in shown:
        at, source = retention.last(row, sources)
        nodes.append(InactivePerson(key=row["id"], last_activity_at=at, source=source))
    return InactivePersons(
        cutoff=cutoff,
        nodes=nodes,
        page_info=PageInfo(
            has_next_page=len(rows) > size,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        ),
    )


def _sources(info: Info) -> tuple[Any, ...]:
    return tuple(modules_of(info).person_activity)


async def _fetch(info: Info, statement: Statement, **given: Any) -> list[Any]:
    known = {**statement.constants, "tenant": info.context.tenant, **given}
    return await info.context.fetch(statement.text, [known[name] for name in statement.names])


@extend(requires="people.retention")
class RetentionQueries(Query):
    inactive_persons: InactivePersons = strawberry.field(
        resolver=_inactive,
        description="Persons with whom nothing has happened for so many months (1 to 600), those "
        "whose own data is oldest first; who was erased is not among them. What is sent to them "
        "is no activity of theirs.",
    )
