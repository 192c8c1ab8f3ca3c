"""Missions in the API."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry
from sqlalchemy import Integer, cast, func, literal_column, select
from sqlalchemy.orm import aliased

from core.charts.models import CurrentChart
from core.charts.schema import Chart, ContactCharts
from core.contacts.models import Contact as ContactRow
from core.contacts.schema import Contact
from core.custom_fields.lists import CustomFieldTest, by_custom_field, custom_fields
from core.custom_fields.models import CustomField as FieldRow
from core.custom_fields.models import CustomOption as OptionRow
from core.custom_fields.schema import AnyCustomValue, CustomField, CustomOption, defined_for
from core.files.schema import File
from core.hierarchy.models import ContactClosure
from core.kit.connections import Connection, FacetedConnection, Recent
from core.kit.extend import extend
from core.kit.fields import Node, by_id, computed, everything, many, one, value
from core.kit.filters import DateTimeFilter, EnumFilter, Filter, IdFilter, TextFilter, matching
from core.kit.live import row, watched
from core.kit.order import Orders
from core.kit.reach import Rollup
from core.kit.sources import Record
from core.overview.rollup import OverviewRollup
from core.overview.schema import Overview
from core.roots import Query, Subscription
from core.tenancy.models import User as UserRow
from core.tenancy.schema import User
from plugins.missions import rules
from plugins.missions.custom import MISSIONS
from plugins.missions.models import ContactActivity as ActivityRow
from plugins.missions.models import Mission as MissionRow
from plugins.missions.models import MissionCustomValue as ValueRow
from plugins.missions.models import MissionStatusChange as ChangeRow
from plugins.missions.models import MissionType as TypeRow
from plugins.missions.models import ShownMissionValue
from plugins.missions.rules import MissionStatus

SHOWN = ShownMissionValue.c
strawberry.enum(
    MissionStatus,
    description="How far a mission is; `missionTransitions` says which may follow which.",
)


@strawberry.type(description="What kind of work a mission is.")
class MissionType(Node, table=TypeRow, requires="missions.read"):
    name: str
    colour: str = strawberry.field(description="As CSS has it: `#1d4ed8`.")
    version: int
    custom_fields: list[CustomField] = defined_for(
        FieldRow.scope_id, "The fields of its missions, in order; archived ones are left out."
    )


@strawberry.type(description="What a mission has in a custom field of its type.")
class MissionCustomValue(AnyCustomValue, table=ShownMissionValue, requires="missions.read"):
    option: CustomOption | None = one(SHOWN.option_id, description="Of a `LIST`.")
    options: list[CustomOption] = many(
        (ValueRow.mission_id, ValueRow.field_id),
        to=ValueRow.option_id,
        order_by=[OptionRow.position],
        typical=1,  # most fields are no lists
        description="Of a list, those that are chosen, in the list's order.",
    )
    file: File | None = one(SHOWN.file_id)
    referenced_user: User | None = one(SHOWN.user_id)
    referenced_contact: Contact | None = one(SHOWN.referred_id)
    field: CustomField = one(SHOWN.field_id, description="The definition.")


@strawberry.type(description="One step of a mission's life.")
class MissionStatusChange(Record, table=ChangeRow, requires="missions.read"):
    at: datetime
    by_name: str | None = value(
        select(UserRow.name).where(UserRow.id == ChangeRow.by_id),
        "Who did it; null: a job or a partner's program.",
    )
    before: MissionStatus | None = strawberry.field(description="Null: the mission was made.")
    after: MissionStatus
    reason: str | None


@strawberry.type(description="A piece of work for a contact.")
class Mission(Node, table=MissionRow, requires="missions.read"):
    reference: str = strawberry.field(
        description="Unique; it can't change once the work has begun."
    )
    description: str | None
    status: MissionStatus
    planned_start: datetime | None = strawberry.field(description="Null: not yet scheduled.")
    planned_end: datetime | None
    actual_start: datetime | None
    actual_end: datetime | None
    order_number: str | None = strawberry.field(description="The customer's own number.")
    comments: str | None
    category: str | None
    amount_excl_tax: Decimal | None = strawberry.field(
        description="What the work is worth, excluding tax, in the tenant's currency."
    )
    cancel_reason: str | None
    late_start: bool = strawberry.field(
        description="It began after its planned start, or had not begun in the evening after it."
    )
    late_finish: bool = strawberry.field(description="It ended after its planned end.")
    rescheduled: bool = strawberry.field(description="It was once planned for another time.")
    created_at: datetime
    updated_at: datetime
    version: int = strawberry.field(description="Counts up with each write.")

    contact: Contact = one(MissionRow.contact_id)
    type: MissionType = one(MissionRow.type_id)
    custom_values: list[MissionCustomValue] = many(
        SHOWN.mission_id,
        order_by=[SHOWN.position, SHOWN.key],
        typical=10,
        description="What it has in the fields of its type, in the type's order; fields without "
        "a value are left out.",
    )
    next_statuses: list[MissionStatus] = computed(
        rules.next_statuses,
        needs=[MissionRow.status],
        description="The statuses that may follow; empty when the mission is over.",
    )
    status_history: list[MissionStatusChange] = many(
        ChangeRow.mission_id,
        order_by=[ChangeRow.at],
        limit=500,
        description="From its making on, oldest first.",
    )


@strawberry.type(description="A status, and one that may follow it.")
class MissionTransition:
    from_: MissionStatus = strawberry.field(name="from")
    to: MissionStatus


def _transitions() -> list[MissionTransition]:
    return [
        MissionTransition(from_=before, to=after)
        for before, following in rules.TRANSITIONS.items()
        for after in following
    ]


@strawberry.input(description="Which missions. All that is given must hold.")
class MissionFilter(Filter):
    reference: TextFilter | None = matching(MissionRow.reference)
    order_number: TextFilter | None = matching(MissionRow.order_number)
    status: EnumFilter[MissionStatus] | None = matching(MissionRow.status)
    type: IdFilter | None = matching(MissionRow.type_id)
    custom_fields: list[CustomFieldTest] | None = custom_fields(
        MISSIONS, "What missions have in the fields of their type."
    )
    planned_start: DateTimeFilter | None = matching(
        MissionRow.planned_start,
        keep_unset=True,
        description="Missions that are not yet scheduled always pass.",
    )
    updated_at: DateTimeFilter | None = matching(MissionRow.updated_at)


MISSION_ORDERS = Orders(
    "Mission",
    by_key=by_custom_field(MISSIONS),
    updated_at=MissionRow.updated_at,
    planned_start=MissionRow.planned_start,
    reference=MissionRow.reference,
    created_at=MissionRow.created_at,
)


@extend(requires="missions.read")
class ContactMissions(Contact):
    missions: FacetedConnection[Mission] = many(
        MissionRow.contact_id,
        order_by=[MissionRow.updated_at.desc()],
        filters=MissionFilter,
        orders=MISSION_ORDERS,
        along_tree=ContactClosure,
        facets={"status": MissionRow.status},
        rollup=Rollup(
            of="contact_id",
            table=ActivityRow.__table__,
            contact="contact_id",
            last="last_mission_at",
            count="mission_count",
        ),
        description="Planned, done and not yet scheduled together, newest write first.",
    )


@extend(requires="missions.read")
class OverviewMissions(Overview):
    recent_missions: Recent[Mission] = many(
        MissionRow.contact_id,
        order_by=[MissionRow.updated_at.desc()],
        since=MissionRow.updated_at,
        first=10,
        description="The contact's own, written in the last days, newest first.",
    )


Activity = aliased(ActivityRow)
Open = aliased(MissionRow)
#: Written out, so that PostgreSQL sees which index holds no others.
_IS_OPEN = Open.status.not_in([literal_column(f"'{s}'") for s in sorted(rules.OVER)])


def _below(column: Any) -> Any:
    """The sum of *column* over a contact and all below it."""
    below = Activity.contact_id == ContactClosure.descendant_id
    total = select(func.coalesce(func.sum(column), 0)).select_from(ContactClosure)
    return total.join(Activity, below & (Activity.tenant_id == ContactClosure.tenant_id)).where(
        ContactClosure.ancestor_id == ContactRow.id
    )


@extend(requires="missions.read")
class RollupMissions(OverviewRollup):
    mission_count: int = value(cast(_below(Activity.mission_count).scalar_subquery(), Integer))
    open_missions: int = value(
        select(func.count())
        .select_from(ContactClosure)
        .join(
            Open,
            (Open.contact_id == ContactClosure.descendant_id)
            & (Open.tenant_id == ContactClosure.tenant_id),
        )
        .where(ContactClosure.ancestor_id == ContactRow.id, _IS_OPEN),
        "Those that are neither done nor cancelled.",
    )
    mission_amount_excl_tax: Decimal = value(_below(Activity.amount_excl_tax))


@extend(requires="missions.read")
class MissionCharts(ContactCharts):
    missions: Chart = one(
        CurrentChart.c.contact_id,
        where=CurrentChart.c.kind == "MISSION",
        description="By status, on the day they are planned for (else were made).",
    )


@extend(requires="missions.read")
class MissionQueries(Query):
    mission: Mission = by_id(MissionRow, "A mission. Unknown ids are an error: `NOT_FOUND`.")
    missions: FacetedConnection[Mission] = everything(
        MissionRow,
        order_by=[MissionRow.updated_at.desc()],
        filters=MissionFilter,
        orders=MISSION_ORDERS,
        facets={"status": MissionRow.status},
    )
    mission_type: MissionType = by_id(TypeRow)
    mission_types: Connection[MissionType] = everything(TypeRow, order_by=[TypeRow.name_key])

    mission_transitions: list[MissionTransition] = strawberry.field(
        resolver=_transitions, description="Which statuses may follow which."
    )


@extend(requires="missions.read")
class MissionSubscriptions(Subscription):
    mission_changed: Mission = watched(
        by_id(MissionRow, "A `mission`, now and whenever it is written."),
        of="mission",
        topics=row,
    )
