"""Sales opportunities in the API."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum

import strawberry
from sqlalchemy import select

from core.contacts.schema import Contact
from core.kit.connections import Connection
from core.kit.extend import extend
from core.kit.fields import Node, by_id, everything, many, one, value
from core.kit.filters import (
    DateFilter,
    DateTimeFilter,
    DecimalFilter,
    EnumFilter,
    Filter,
    IdFilter,
    TextFilter,
    matching,
)
from core.kit.order import Orders
from core.kit.sources import Record
from core.roots import Query
from core.tenancy.models import User as UserRow
from core.tenancy.schema import User
from plugins.crm.models import Opportunity as OpportunityRow
from plugins.crm.models import OpportunityLine as LineRow
from plugins.crm.models import OpportunityStage as StageRow
from plugins.crm.models import StageChange as ChangeRow


@strawberry.enum(description="How an opportunity stands.")
class OpportunityStatus(Enum):
    NEW = "NEW"
    ON_HOLD = "ON_HOLD"
    WON = "WON"
    LOST = "LOST"


@strawberry.type(description="A step towards a sale: a list of the tenant's own.")
class OpportunityStage(Node, table=StageRow, requires="crm.read"):
    name: str
    probability: int = strawberry.field(description="Percent.")
    colour: str = strawberry.field(description="As #rrggbb.")
    position: int = strawberry.field(description="Where it stands among the others, from 0.")
    version: int


@strawberry.type(description="An opportunity came to a stage.")
class OpportunityStageChange(Record, table=ChangeRow, requires="crm.read"):
    at: datetime
    from_stage: OpportunityStage | None = one(
        ChangeRow.from_stage_id, description="Null for the stage it began in."
    )
    to_stage: OpportunityStage = one(ChangeRow.to_stage_id)
    changed_by: str | None = value(
        select(UserRow.name).where(UserRow.id == ChangeRow.changed_by),
        "The name of who moved it; null for a job.",
    )


@strawberry.type(description="What is offered.")
class OpportunityLine(Record, table=LineRow, requires="crm.read"):
    position: int = strawberry.field(description="Where it stands, from 0.")
    description: str
    quantity: Decimal
    unit_price: Decimal
    unit_cost: Decimal
    total_excl_tax: Decimal = strawberry.field(description="Rounded half up, as is the cost.")
    total_cost: Decimal


@strawberry.type(description="A sale that may come about.")
class Opportunity(Node, table=OpportunityRow, requires="crm.read"):
    name: str
    status: OpportunityStatus
    value_excl_tax: Decimal = strawberry.field(description="In the tenant's currency.")
    cost: Decimal = strawberry.field(description="In the tenant's currency.")
    expected_close: date | None
    closed_at: datetime | None = strawberry.field(description="When it was won or lost.")
    created_at: datetime
    updated_at: datetime
    version: int
    stage: OpportunityStage = one(OpportunityRow.stage_id)
    contact: Contact = one(OpportunityRow.contact_id)
    owner: User | None = one(OpportunityRow.owner_id)
    owner_name: str | None = value(
        select(UserRow.name).where(UserRow.id == OpportunityRow.owner_id),
        "The owner's name, also for those who may not see users.",
    )
    lines: list[OpportunityLine] = many(
        LineRow.opportunity_id, order_by=[LineRow.position], limit=200
    )
    stage_history: Connection[OpportunityStageChange] = many(
        ChangeRow.opportunity_id, order_by=[ChangeRow.at], description="Oldest first."
    )


@strawberry.input(description="Which opportunities. All that is given must hold.")
class OpportunityFilter(Filter):
    status: EnumFilter[OpportunityStatus] | None = matching(OpportunityRow.status)
    stage: IdFilter | None = matching(OpportunityRow.stage_id)
    owner: IdFilter | None = matching(OpportunityRow.owner_id)
    contact: IdFilter | None = matching(OpportunityRow.contact_id)
    name: TextFilter | None = matching(OpportunityRow.name)
    value_excl_tax: DecimalFilter | None = matching(OpportunityRow.value_excl_tax)
    expected_close: DateFilter | None = matching(OpportunityRow.expected_close)
    updated_at: DateTimeFilter | None = matching(OpportunityRow.updated_at)


OPPORTUNITY_ORDERS = Orders(
    "Opportunity",
    updated_at=OpportunityRow.updated_at,
    expected_close=OpportunityRow.expected_close,
    value_excl_tax=OpportunityRow.value_excl_tax,
)


@extend(requires="crm.read")
class ContactOpportunities(Contact):
    opportunities: Connection[Opportunity] = many(
        OpportunityRow.contact_id,
        order_by=[OpportunityRow.updated_at.desc()],
        filters=OpportunityFilter,
        orders=OPPORTUNITY_ORDERS,
    )


@extend(requires="crm.read")
class OpportunityQueries(Query):
    opportunity: Opportunity = by_id(OpportunityRow)
    opportunities: Connection[Opportunity] = everything(
        OpportunityRow,
        order_by=[OpportunityRow.updated_at.desc()],
        filters=OpportunityFilter,
        orders=OPPORTUNITY_ORDERS,
    )
    opportunity_stage: OpportunityStage = by_id(StageRow)
    opportunity_stages: Connection[OpportunityStage] = everything(
        StageRow,
        order_by=[StageRow.position],
        description="In their order; none before the first opportunity.",
    )
