"""Suspensions in the API."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry
from sqlalchemy import false, func, select, true

from core.contacts.models import Contact as ContactRow
from core.contacts.schema import Contact
from core.kit.connections import Connection
from core.kit.extend import extend
from core.kit.fields import Node, by_id, everything, many, one, same_row, value
from core.kit.filters import DateTimeFilter, EnumFilter, Filter, IdFilter, matching
from core.kit.order import Orders
from core.kit.sources import Record
from core.roots import Query
from core.tenancy.models import User
from plugins.crm.models import EffectiveSuspension as EffectiveRow
from plugins.crm.models import Suspension as SuspensionRow

WHO = "The name of who did it; null for a job."
#: How many an effective list shows at most: a root may have thousands of suspended descendants.
SHOWN = 20
NEAREST = f"The suspensions that reach the contact, nearest first ({SHOWN} at most)."
NEAREST_FIRST = (
    func.abs(EffectiveRow.c.distance),
    EffectiveRow.c.since,
    EffectiveRow.c.suspension_id,
)


@strawberry.enum(description="Why a contact is on stop.")
class SuspensionCause(Enum):
    MANUAL = strawberry.enum_value("MANUAL", description="Somebody decided it.")
    OVER_CREDIT_LIMIT = "OVER_CREDIT_LIMIT"
    OVERDUE = "OVERDUE"


@strawberry.type(description="Which levels a suspension reaches, seen from its contact.")
class SuspensionScope(Record, table=SuspensionRow, requires="crm.read"):
    on_self: bool = strawberry.field(name="self")
    ancestors_all: bool = strawberry.field(name="allAncestors")
    ancestor_levels: list[int] = strawberry.field(description="Of the ancestors; 1 is the parent.")
    descendants_all: bool = strawberry.field(name="allDescendants")
    descendant_levels: list[int] = strawberry.field(
        description="Of the descendants; 1 are the children."
    )


@strawberry.type(description="A stop put on a contact and levels of the tree around it.")
class Suspension(Node, table=SuspensionRow, requires="crm.read"):
    cause: SuspensionCause
    reason: str = strawberry.field(description="What the banner says.")
    since: datetime
    lifted_at: datetime | None = strawberry.field(description="Null while it is running.")
    lift_reason: str | None
    version: int
    scope: SuspensionScope = same_row()
    contact: Contact = one(
        SuspensionRow.contact_id, description="From where the levels of the scope are counted."
    )
    suspended_by: str | None = value(
        select(User.name).where(User.id == SuspensionRow.suspended_by), WHO
    )
    lifted_by: str | None = value(select(User.name).where(User.id == SuspensionRow.lifted_by), WHO)


@strawberry.type(description="A running suspension as it reaches a contact.")
class EffectiveSuspension(Record, table=EffectiveRow, requires="crm.read"):
    distance: int = strawberry.field(
        description="Where its origin is: 0 the contact itself, n that many levels above, "
        "-n that many levels below."
    )
    cause: SuspensionCause
    reason: str = strawberry.field(description="What the banner says.")
    since: datetime
    suspended_by: str | None = value(
        select(User.name).where(User.id == EffectiveRow.c.suspended_by), WHO
    )
    contact: Contact = one(EffectiveRow.c.origin_id, description="Its origin.")
    suspension: Suspension = one(EffectiveRow.c.suspension_id)


@strawberry.input(description="Which suspensions. All that is given must hold.")
class SuspensionFilter(Filter):
    lifted: bool | None = matching(SuspensionRow.lifted_at.is_not(None))
    cause: EnumFilter[SuspensionCause] | None = matching(SuspensionRow.cause)
    since: DateTimeFilter | None = matching(SuspensionRow.since)
    contact: IdFilter | None = matching(SuspensionRow.contact_id)


#: Not "exists": PostgreSQL would rather find all suspended contacts of the tenant, and look there.
_IS_REACHED = func.coalesce(
    select(true()).where(EffectiveRow.c.contact_id == ContactRow.id).limit(1).scalar_subquery(),
    false(),
)
SUSPENSION_ORDERS = Orders("Suspension", since=SuspensionRow.since)


@extend(requires="crm.read")
class ContactSuspensions(Contact):
    is_suspended: bool = value(
        _IS_REACHED,
        "Whether any suspension reaches the contact.",
    )
    effective_suspensions: list[EffectiveSuspension] = many(
        EffectiveRow.c.contact_id,
        order_by=NEAREST_FIRST,
        limit=SHOWN,
        description=NEAREST,
    )
    suspensions: Connection[Suspension] = many(
        SuspensionRow.contact_id,
        order_by=[SuspensionRow.since.desc()],
        filters=SuspensionFilter,
        orders=SUSPENSION_ORDERS,
        description="The history of those that begin here, lifted ones too.",
    )


@extend(requires="crm.read")
class SuspensionQueries(Query):
    suspension: Suspension = by_id(SuspensionRow)
    suspensions: Connection[Suspension] = everything(
        SuspensionRow,
        order_by=[SuspensionRow.since.desc()],
        filters=SuspensionFilter,
        orders=SUSPENSION_ORDERS,
    )
