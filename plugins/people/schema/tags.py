"""Tags of persons in the API."""

from __future__ import annotations

from datetime import datetime

import strawberry
from sqlalchemy import func, select

from core.kit.connections import Connection
from core.kit.extend import extend
from core.kit.fields import Node, by_id, everything, value
from core.kit.filters import Filter, TextFilter, matching
from core.roots import Query
from plugins.people.models import PersonTag as TagRow
from plugins.people.models import PersonTagging


@strawberry.type(description="A word that the tenant sorts persons by: a list of its own.")
class PersonTag(Node, table=TagRow, requires="people.read"):
    name: str
    colour: str = strawberry.field(description="As #rrggbb.")
    archived_at: datetime | None = strawberry.field(
        description="Since when it can't be given any more; persons that have it keep it."
    )
    version: int
    person_count: int = value(
        select(func.count()).where(PersonTagging.tag_id == TagRow.id), "How many persons have it."
    )


@strawberry.input(description="Which tags. All that is given must hold.")
class PersonTagFilter(Filter):
    name: TextFilter | None = matching(TagRow.name)
    archived: bool | None = matching(
        TagRow.archived_at.is_not(None),
        description="Only those put away, or only those not. Without it, both.",
    )


@extend(requires="people.read")
class PersonTagQueries(Query):
    person_tag: PersonTag = by_id(TagRow)
    person_tags: Connection[PersonTag] = everything(
        TagRow, order_by=[TagRow.name_key], filters=PersonTagFilter
    )
