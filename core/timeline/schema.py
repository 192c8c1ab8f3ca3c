"""The timeline of a contact in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import strawberry

from core.contacts.schema import Contact
from core.kit.connections import Connection
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import Node
from core.kit.nodes import node, record
from core.kit.settle import Scope
from core.timeline.page import page_of


async def _contact(root: TimelineEntry, info: Info) -> Contact:
    return await record(info, "Contact", root.contact_key)  # type: ignore[no-any-return]


async def _node(root: TimelineEntry, info: Info) -> Node | None:
    return await node(info, root.id)  # type: ignore[no-any-return]


@strawberry.type(description="Something that happened with a contact, whichever module keeps it.")
class TimelineEntry:
    contact_key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Of the thing itself: `node` opens it.")
    kind: str = strawberry.field(description="Such as `NOTE` or `MISSION`: each module has its.")
    at: datetime = strawberry.field(description="When it came to be; this never changes.")
    title: str | None
    detail: str | None = strawberry.field(description="A status or a kind, as it is now.")
    contact: Contact = strawberry.field(
        resolver=_contact, description="Whose it is; along the tree, it may be another's."
    )
    node: Node | None = strawberry.field(resolver=_node, description="The thing itself.")


@strawberry.input(description="Which entries. All that is given must hold.")
class TimelineFilter:
    kinds: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Those of `timelineKinds`; without it, all."
    )
    since: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Not before this instant."
    )
    until: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Before this instant."
    )


async def _timeline(
    root: Any,
    info: Info,
    first: int = 50,
    after: str | None = strawberry.UNSET,
    where: TimelineFilter | None = strawberry.UNSET,
    scope: Scope | None = strawberry.UNSET,
) -> Connection[TimelineEntry]:
    """The page; it reads its arguments itself."""
    return cast(Connection[TimelineEntry], page_of(root, info, TimelineEntry))


def _kinds(root: Any, info: Info) -> list[str]:
    modules: Any = info.schema
    may = info.context.permissions
    return [s.kind for s in modules.modules.timeline_sources if s.requires in may]


@extend(requires="contacts.read")
class ContactTimeline(Contact):
    timeline: Connection[TimelineEntry] = strawberry.field(
        resolver=_timeline,
        description="What happened with the contact, over all modules, newest first: what the "
        "caller may not see is left out.",
    )
    timeline_kinds: list[str] = strawberry.field(
        resolver=_kinds, description="The kinds of entries that the caller may see."
    )
