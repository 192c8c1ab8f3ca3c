"""What loyalty adds to the schema."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import Enum

import strawberry
from sqlalchemy import func, literal, select
from strawberry import Info

from core.charts.models import CurrentChart
from core.charts.schema import Chart, ContactCharts
from core.contacts.models import Contact as ContactRow
from core.contacts.schema import Contact
from core.hierarchy.models import ContactClosure
from core.kit.charts import ChartSource
from core.kit.connections import FacetedConnection, Recent
from core.kit.context import Context
from core.kit.extend import extend
from core.kit.fields import Node, by_id, computed, everything, many, one, value
from core.kit.filters import (
    DateTimeFilter,
    DecimalFilter,
    EnumFilter,
    Filter,
    IdFilter,
    TextFilter,
    matching,
)
from core.kit.order import Orders
from core.kit.reach import Rollup
from core.roots import Query
from fieldgate_loyalty import rules
from fieldgate_loyalty.models import Visit as VisitRow
from fieldgate_loyalty.models import VisitRollup


@strawberry.enum(description="What a visit counts as.")
class VisitRank(Enum):
    BRONZE = "BRONZE"
    SILVER = "SILVER"
    GOLD = "GOLD"


@strawberry.type(description="Somebody came, and earned points.")
class Visit(Node, table=VisitRow, requires="loyalty.read"):
    reason: str | None
    rank: VisitRank
    points: int
    spent: Decimal
    updated_at: datetime
    contact: Contact = one(VisitRow.contact_id)
    stars: list[str] = computed(rules.stars, needs=[VisitRow.points])

    @strawberry.field(description="A line that says it all.")
    async def line(self, info: Info[Context, None]) -> str:
        return f"{self.rank.value}: {self.points}"


@strawberry.input
class VisitFilter(Filter):
    reason: TextFilter | None = matching(VisitRow.reason)
    rank: EnumFilter[VisitRank] | None = matching(VisitRow.rank)
    spent: DecimalFilter | None = matching(VisitRow.spent)
    updated_at: DateTimeFilter | None = matching(VisitRow.updated_at)
    contact: IdFilter | None = matching(VisitRow.contact_id)


VISIT_ORDERS = Orders(
    "Visit", updated_at=VisitRow.updated_at, spent=VisitRow.spent, reason=VisitRow.reason
)
VISITS_CHART = ChartSource(
    kind="VISIT",
    points=select(
        VisitRow.contact_id.label("contact_id"),
        VisitRow.created_at.label("at"),
        VisitRow.rank.label("key"),
        VisitRow.spent.label("amount"),
    ),
    keys=rules.RANKS,
    changed=VisitRow.updated_at,
    contact=VisitRow.contact_id,
)


@extend(requires="loyalty.read")
class ContactLoyalty(Contact):
    visits: FacetedConnection[Visit] = many(
        VisitRow.contact_id,
        order_by=[VisitRow.updated_at.desc()],
        filters=VisitFilter,
        orders=VISIT_ORDERS,
        along_tree=ContactClosure,
        facets={"rank": VisitRow.rank},
        rollup=Rollup("contact_id", VisitRollup.__table__, "contact_id", "last_at", "visits"),
    )
    recent_visits: Recent[Visit] = many(
        VisitRow.contact_id,
        order_by=[VisitRow.updated_at.desc()],
        first=10,
        since=VisitRow.updated_at,
    )
    points: int = value(
        select(func.coalesce(func.sum(VisitRow.points), literal(0))).where(
            VisitRow.contact_id == ContactRow.id
        )
    )


@extend(requires="loyalty.read")
class LoyaltyCharts(ContactCharts):
    visits: Chart = one(CurrentChart.c.contact_id, where=CurrentChart.c.kind == "VISIT")


@extend(requires="loyalty.read")
class LoyaltyQueries(Query):
    visit: Visit = by_id(VisitRow)
    visits: FacetedConnection[Visit] = everything(
        VisitRow,
        order_by=[VisitRow.updated_at.desc()],
        filters=VisitFilter,
        orders=VISIT_ORDERS,
        facets={"rank": VisitRow.rank},
    )
