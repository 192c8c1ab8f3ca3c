"""The charts of a contact in the API: columns, one entry per day."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import strawberry
from sqlalchemy import func, select

from core.charts.models import ChartRun, CurrentChart
from core.contacts.models import Contact as ContactRow
from core.kit.fields import value
from core.kit.sources import Record


@strawberry.type(
    description="A stacked chart as columns: `values[i][d]` is what series `keys[i]` has on the "
    "day `days[d]` of `ContactCharts`."
)
class Chart(Record, table=CurrentChart, requires="contacts.read"):
    keys: list[str] = strawberry.field(
        description="The status or type of each series, in the order they are stacked."
    )
    values: list[list[Decimal]] = strawberry.field(
        description="Per series and day, the value excluding tax."
    )
    tops: list[list[Decimal]] = strawberry.field(
        description="Per series and day, the value plus those of all series below it."
    )
    counts: list[list[int]] = strawberry.field(
        description="Per series and day, how many things the value is the sum of."
    )


@strawberry.type(
    description="The nightly charts of one contact: six months up to the evening of the last "
    "run. A chart is null when there is nothing to draw."
)
class ContactCharts(Record, table=ContactRow, requires="contacts.read"):
    as_of: datetime | None = value(
        select(ChartRun.as_of), "When the charts were drawn; null before the first night."
    )
    is_stale: bool | None = value(
        select(ChartRun.stale_after < func.now()),
        "Whether a night has been missed; null before the first night.",
    )
    days: list[date] | None = value(
        select(ChartRun.days), "The days of the charts, oldest first; null before the first night."
    )
