"""What becomes of opportunities: per stage, and per sales representative."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from core.kit.context import Info
from core.kit.extend import extend
from core.kit.ids import global_id, key_in
from core.kit.nodes import record
from core.roots import Query
from plugins.crm.schema.opportunities import OpportunityStage

#: The opportunities that were opened on some days of the tenant's own calendar.
_CHOSEN = """
with chosen as (
    select o.* from crm_opportunity o
    join core_tenant t on t.id = $1
    where o.tenant_id = $1
      and ($2::date is null or o.created_at >= $2::date::timestamp at time zone t.time_zone)
      and ($3::date is null or o.created_at < ($3::date + 1)::timestamp at time zone t.time_zone)
      and ($4::uuid is null or o.owner_id = $4)
)
"""

#: A stay in a stage ends when the next begins, or when the opportunity is won or lost.
BY_STAGE = f"""
{_CHOSEN}, stay as (
    select c.opportunity_id, c.to_stage_id as stage_id, c.at,
           lead(c.at) over (partition by c.opportunity_id order by c.at, c.id) as next_at
    from crm_opportunity_stage_change c
    where c.tenant_id = $1 and c.opportunity_id in (select id from chosen)
), ended as (
    select s.stage_id,
           avg(extract(epoch from coalesce(s.next_at, o.closed_at) - s.at)) / 86400 as days
    from stay s join chosen o on o.id = s.opportunity_id
    where coalesce(s.next_at, o.closed_at) >= s.at
    group by s.stage_id
), reached as (
    select s.stage_id, count(*) as reached,
           count(*) filter (where o.status = 'WON') as won,
           count(*) filter (where o.status = 'LOST') as lost
    from (select distinct opportunity_id, stage_id from stay) s
    join chosen o on o.id = s.opportunity_id
    group by s.stage_id
), here as (
    select o.stage_id, count(*) as open_count, sum(o.value_excl_tax) as open_value
    from chosen o where o.status in ('NEW', 'ON_HOLD') group by o.stage_id
)
select g.id as stage, coalesce(r.reached, 0) as reached, coalesce(r.won, 0) as won,
       coalesce(r.lost, 0) as lost, round(100.0 * r.won / nullif(r.won + r.lost, 0), 1) as rate,
       round(e.days::numeric, 2) as days, coalesce(h.open_count, 0) as open_count,
       coalesce(h.open_value, 0)::numeric(18, 2) as open_value,
       round(coalesce(h.open_value, 0) * g.probability / 100, 2) as weighted_value
from crm_opportunity_stage g
left join reached r on r.stage_id = g.id
left join ended e on e.stage_id = g.id
left join here h on h.stage_id = g.id
where g.tenant_id = $1
order by g.position, g.name_key
"""

BY_OWNER = f"""
{_CHOSEN}
select u.id as owner, u.name, count(*) as total,
       count(*) filter (where o.status = 'WON') as won,
       count(*) filter (where o.status = 'LOST') as lost,
       round(100.0 * count(*) filter (where o.status = 'WON')
             / nullif(count(*) filter (where o.status in ('WON', 'LOST')), 0), 1) as rate,
       coalesce(sum(o.value_excl_tax) filter (where o.status = 'WON'), 0)::numeric(18, 2)
           as won_value,
       coalesce(sum(o.value_excl_tax - o.cost) filter (where o.status = 'WON'), 0)::numeric(18, 2)
           as won_margin,
       coalesce(sum(o.value_excl_tax) filter (where o.status in ('NEW', 'ON_HOLD')), 0)
           ::numeric(18, 2) as open_value,
       round((avg(extract(epoch from o.closed_at - o.created_at))
              filter (where o.status in ('WON', 'LOST')) / 86400)::numeric, 2) as days
from chosen o left join core_user u on u.tenant_id = $1 and u.id = o.owner_id
group by u.id, u.name
order by won_value desc, u.name nulls last, u.id
"""


async def _stage(root: OpportunityStageReport, info: Info) -> OpportunityStage:
    return await record(info, "OpportunityStage", root.key)  # type: ignore[no-any-return]


@strawberry.type(description="What became of the opportunities that have been in a stage.")
class OpportunityStageReport:
    key: strawberry.Private[UUID]
    stage: OpportunityStage = strawberry.field(resolver=_stage)
    reached_count: int = strawberry.field(description="How many have ever been in it.")
    won_count: int = strawberry.field(description="Of these, how many are won.")
    lost_count: int
    conversion_rate: Decimal | None = strawberry.field(
        description="Percent won of those of them that are won or lost; null if none is yet."
    )
    average_days: Decimal | None = strawberry.field(
        description="How long a stay in the stage lasts, of those that have ended."
    )
    open_count: int = strawberry.field(description="How many are in it now, neither won nor lost.")
    open_value: Decimal = strawberry.field(description="What these are worth, excluding tax.")
    weighted_value: Decimal = strawberry.field(
        description="The same times the probability of the stage."
    )


@strawberry.type(description="How one sales representative did; all null: nobody's.")
class OpportunityOwnerReport:
    owner_id: strawberry.ID | None
    owner_name: str | None
    total_count: int
    won_count: int
    lost_count: int
    conversion_rate: Decimal | None = strawberry.field(
        description="Percent won of those won or lost; null if none is yet."
    )
    won_value: Decimal = strawberry.field(description="Excluding tax.")
    won_margin: Decimal = strawberry.field(description="The value of those won, less their cost.")
    open_value: Decimal
    average_days: Decimal | None = strawberry.field(
        description="From opening to winning or losing."
    )


async def _rows(info: Info, sql: str, since: Any, until: Any, owner: Any) -> list[Any]:
    key = None
    if owner not in (None, strawberry.UNSET):
        key = key_in(owner, "user", field="ownerId")
    return await info.context.fetch(sql, [info.context.tenant, since, until, key], mode="auto")


async def _by_stage(
    info: Info,
    since: date | None = None,
    until: date | None = None,
    owner_id: strawberry.ID | None = None,
) -> list[OpportunityStageReport]:
    return [
        OpportunityStageReport(
            key=row["stage"],
            reached_count=row["reached"],
            won_count=row["won"],
            lost_count=row["lost"],
            conversion_rate=row["rate"],
            average_days=row["days"],
            open_count=row["open_count"],
            open_value=row["open_value"],
            weighted_value=row["weighted_value"],
        )
        for row in await _rows(info, BY_STAGE, since, until, owner_id)
    ]


async def _by_owner(
    info: Info, since: date | None = None, until: date | None = None
) -> list[OpportunityOwnerReport]:
    return [
        OpportunityOwnerReport(
            owner_id=strawberry.ID(global_id("user", row["owner"])) if row["owner"] else None,
            owner_name=row["name"],
            total_count=row["total"],
            won_count=row["won"],
            lost_count=row["lost"],
            conversion_rate=row["rate"],
            won_value=row["won_value"],
            won_margin=row["won_margin"],
            open_value=row["open_value"],
            average_days=row["days"],
        )
        for row in await _rows(info, BY_OWNER, since, until, None)
    ]


@extend(requires="crm.read")
class OpportunityReports(Query):
    opportunity_stage_report: list[OpportunityStageReport] = strawberry.field(
        resolver=_by_stage,
        description="Conversion and time per stage, in the order of the stages, over the "
        "opportunities opened on the days from `since` to `until`, both included.",
    )
    opportunity_owner_report: list[OpportunityOwnerReport] = strawberry.field(
        resolver=_by_owner,
        description="The same per sales representative, who won most first.",
    )
