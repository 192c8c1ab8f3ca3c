"""Missions are made, named, planned and planned anew."""

from __future__ import annotations

import asyncio
from dataclasses import astuple
from datetime import datetime
from typing import Any

import pytest

from core.kit.events import Event, Listeners, on
from core.kit.ids import key_in
from core.kit.session import TenantSession
from plugins.missions import services
from plugins.missions.rules import MissionStatus
from tests.cast import House, Tenant
from tests.plugins.missions.cast import LATER, TOMORROW, mission, mission_type, move, seen

PLAN = "status plannedStart plannedEnd rescheduled"


async def test_r060_a_mission_has_what_it_was_given(tenant: Tenant) -> None:
    contact = await tenant.contact("Gare de Lyon")
    made = await mission(
        tenant,
        contact,
        "id",
        plannedStart=TOMORROW,
        plannedEnd=LATER,
        description=" Replace the valve ",
        orderNumber="PO-17",
        comments="Two lines\nof them",
        category="Heating",
        amountExclTax="1250.50",
    )

    found = await seen(
        tenant,
        made["id"],
        "reference description orderNumber comments category amountExclTax status plannedStart "
        "plannedEnd actualStart contact { name } type { name colour } version",
    )

    assert found == {
        "reference": "M-000001",
        "description": "Replace the valve",
        "orderNumber": "PO-17",
        "comments": "Two lines\nof them",
        "category": "Heating",
        "amountExclTax": "1250.50",
        "status": "SCHEDULED",
        "plannedStart": TOMORROW,
        "plannedEnd": LATER,
        "actualStart": None,
        "contact": {"name": "Gare de Lyon"},
        "type": {"name": "Repair", "colour": "#1d4ed8"},
        "version": 1,
    }


async def test_r060_references_count_up_and_step_over_those_given(tenant: Tenant) -> None:
    contact = await tenant.contact()
    first = await mission(tenant, contact)
    given = await mission(tenant, contact, reference=" M-000002 ")
    third = await mission(tenant, contact)

    assert [m["reference"] for m in (first, given, third)] == ["M-000001", "M-000002", "M-000003"]


async def test_r060_references_made_at_once_differ(tenant: Tenant) -> None:
    contact, type_ = await tenant.contact(), await mission_type(tenant)

    made = await asyncio.gather(*(mission(tenant, contact, typeId=type_) for _ in range(8)))

    assert sorted(m["reference"] for m in made) == [f"M-{n:06}" for n in range(1, 9)]


async def test_r060_a_reference_is_unique_within_a_tenant_only(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    contact, type_ = await tenant.contact(), await mission_type(tenant)
    await mission(tenant, contact, reference="A-1")

    assert await tenant.refused(
        "missionCreate", contactId=contact, typeId=type_, reference="A-1"
    ) == [("REFERENCE_TAKEN", "reference")]
    elsewhere = await mission(other_tenant, await other_tenant.contact(), reference="A-1")
    assert elsewhere["reference"] == "A-1"


async def test_r060_a_reference_is_frozen_once_the_work_has_begun(tenant: Tenant) -> None:
    made = await mission(tenant, await tenant.contact(), plannedStart=TOMORROW)
    await tenant.do("missionUpdate", id=made["id"], reference="B-1")
    await move(tenant, made["id"], "STARTED")

    assert await tenant.refused("missionUpdate", id=made["id"], reference="B-2") == [
        ("REFERENCE_FROZEN", "reference")
    ]
    await tenant.do("missionUpdate", id=made["id"], reference="B-1", comments="Same name")
    assert await seen(tenant, made["id"], "reference comments") == {
        "reference": "B-1",
        "comments": "Same name",
    }


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        (
            {"plannedStart": LATER, "plannedEnd": TOMORROW},
            ("PLANNED_END_BEFORE_START", "plannedEnd"),
        ),
        ({"plannedEnd": LATER}, ("PLANNED_END_WITHOUT_START", "plannedEnd")),
        ({"amountExclTax": "1.001"}, ("TOO_MANY_DECIMALS", "amountExclTax")),
        ({"amountExclTax": "1000000000000"}, ("AMOUNT_TOO_LARGE", "amountExclTax")),
        ({"reference": " "}, ("REFERENCE_EMPTY", "reference")),
        ({"reference": "x" * 41}, ("TOO_LONG", "reference")),
        ({"comments": "a\x07b"}, ("INVALID_CHARACTERS", "comments")),
        ({"orderNumber": "x" * 101}, ("TOO_LONG", "orderNumber")),
    ],
)
async def test_r060_what_a_mission_cant_be_is_refused(
    tenant: Tenant, given: dict[str, Any], refused: tuple[str, str]
) -> None:
    contact, type_ = await tenant.contact(), await mission_type(tenant)

    assert await tenant.refused("missionCreate", contactId=contact, typeId=type_, **given) == [
        refused
    ]
    assert (await tenant.ask("{ missions { totalCount } }"))["missions"]["totalCount"] == 0


async def test_r060_a_contact_or_type_of_another_tenant_is_not_there(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    foreign, own = await other_tenant.contact(), await tenant.contact()
    type_, foreign_type = await mission_type(tenant), await mission_type(other_tenant)

    assert await tenant.refused("missionCreate", contactId=foreign, typeId=type_) == [
        ("NOT_FOUND", "contactId")
    ]
    assert await tenant.refused("missionCreate", contactId=own, typeId=foreign_type) == [
        ("NOT_FOUND", "typeId")
    ]
    assert await tenant.refused("missionCreate", contactId="contact_1", typeId=type_) == [
        ("INVALID_ID", "contactId")
    ]


async def test_r061_the_first_planned_start_schedules_a_mission(tenant: Tenant) -> None:
    made = await mission(tenant, await tenant.contact())
    await move(tenant, made["id"], "UNSCHEDULED")

    assert await tenant.refused("missionSetStatus", id=made["id"], to="SCHEDULED") == [
        ("PLANNED_START_MISSING", "to")
    ]
    await tenant.do("missionUpdate", id=made["id"], plannedStart=TOMORROW)

    assert await seen(tenant, made["id"], PLAN) == {
        "status": "SCHEDULED",
        "plannedStart": TOMORROW,
        "plannedEnd": None,
        "rescheduled": False,
    }


async def test_r061_without_a_planned_start_a_mission_is_unscheduled(tenant: Tenant) -> None:
    contact = await tenant.contact()
    one = await mission(tenant, contact, plannedStart=TOMORROW, plannedEnd=LATER)
    two = await mission(tenant, contact, plannedStart=TOMORROW, plannedEnd=LATER)
    await tenant.do("missionUpdate", id=one["id"], plannedStart=None)
    await move(tenant, two["id"], "UNSCHEDULED")

    for made in (one, two):
        assert await seen(tenant, made["id"], PLAN) == {
            "status": "UNSCHEDULED",
            "plannedStart": None,
            "plannedEnd": None,
            "rescheduled": False,
        }


async def test_r061_who_has_been_sent_a_mission_keeps_a_plan(tenant: Tenant) -> None:
    made = await mission(tenant, await tenant.contact(), plannedStart=TOMORROW)
    await move(tenant, made["id"], "SENT")

    assert await tenant.refused("missionUpdate", id=made["id"], plannedStart=None) == [
        ("PLANNED_START_MISSING", "plannedStart")
    ]
    await move(tenant, made["id"], "ACCEPTED", "STARTED")
    assert await tenant.refused("missionUpdate", id=made["id"], plannedStart=LATER) == [
        ("PLAN_FROZEN", None)
    ]


async def test_r059_planning_anew_raises_an_alert_and_keeps_the_status(tenant: Tenant) -> None:
    made = await mission(tenant, await tenant.contact(), plannedStart=TOMORROW)
    await move(tenant, made["id"], "SENT")
    await tenant.do("missionUpdate", id=made["id"], plannedStart=LATER)

    assert await seen(tenant, made["id"], PLAN) == {
        "status": "SENT",
        "plannedStart": LATER,
        "plannedEnd": None,
        "rescheduled": True,
    }


async def test_r060_when_the_work_really_was_can_be_corrected(tenant: Tenant) -> None:
    made = await mission(tenant, await tenant.contact(), plannedStart=TOMORROW)
    assert await tenant.refused("missionUpdate", id=made["id"], actualStart=TOMORROW) == [
        ("NOT_STARTED", "actualStart")
    ]
    await move(tenant, made["id"], "STARTED")
    assert await tenant.refused("missionUpdate", id=made["id"], actualEnd=LATER) == [
        ("ACTUAL_END_MISMATCH", "actualEnd")
    ]
    await move(tenant, made["id"], "COMPLETED_OK")
    assert await tenant.refused(
        "missionUpdate", id=made["id"], actualStart=LATER, actualEnd=TOMORROW
    ) == [("ACTUAL_END_BEFORE_START", "actualEnd")]

    await tenant.do("missionUpdate", id=made["id"], actualStart=LATER, actualEnd=LATER)

    assert await seen(tenant, made["id"], "actualStart actualEnd lateStart lateFinish") == {
        "actualStart": LATER,
        "actualEnd": LATER,
        "lateStart": True,
        "lateFinish": False,
    }


async def test_r005_one_update_counts_the_version_up_once(tenant: Tenant) -> None:
    made = await mission(tenant, await tenant.contact())

    await tenant.do(
        "missionUpdate", id=made["id"], comments="Soon", plannedStart=TOMORROW, amountExclTax="5"
    )
    await tenant.do("missionUpdate", id=made["id"], comments="Soon")

    assert await seen(tenant, made["id"], "status comments amountExclTax version") == {
        "status": "SCHEDULED",
        "comments": "Soon",
        "amountExclTax": "5.00",
        "version": 2,
    }


async def test_r005_an_update_on_a_stale_version_changes_nothing(tenant: Tenant) -> None:
    made = await mission(tenant, await tenant.contact())
    await tenant.do("missionUpdate", id=made["id"], comments="One", version=1)

    assert await tenant.refused("missionUpdate", id=made["id"], comments="Two", version=1) == [
        ("STALE_VERSION", "version")
    ]
    assert await seen(tenant, made["id"], "comments version") == {"comments": "One", "version": 2}


async def test_what_happens_to_missions_is_told(house: House, tenant: Tenant) -> None:
    told: list[tuple[str, tuple[Any, ...]]] = []

    async def note(session: TenantSession, event: Event) -> None:
        told.append((event.name, astuple(event)[2:]))

    contact, type_ = key_in(await tenant.contact()), key_in(await mission_type(tenant))
    names = ("created", "status_changed", "completed", "cancelled", "rescheduled")
    listeners = Listeners(on(f"missions.mission_{name}", note) for name in names)
    start, end = datetime.fromisoformat(TOMORROW), datetime.fromisoformat(LATER)

    async with house.sessions.begin(tenant.actor, listeners) as session:
        done = await services.create(session, contact, type_, planned_start=start)
        await services.update(session, done.id, None, {"planned_start": end})
        await services.set_status(session, done.id, MissionStatus.STARTED)
        await services.set_status(session, done.id, MissionStatus.COMPLETED_WITH_ISSUES)
        off = await services.create(session, contact, type_)
        await services.set_status(session, off.id, MissionStatus.CANCELLED, "Off")

    assert told == [
        ("missions.mission_created", ("M-000001", "SCHEDULED")),
        ("missions.mission_rescheduled", (end, None)),
        ("missions.mission_status_changed", ("SCHEDULED", "STARTED")),
        ("missions.mission_status_changed", ("STARTED", "COMPLETED_WITH_ISSUES")),
        ("missions.mission_completed", (True,)),
        ("missions.mission_created", ("M-000002", "NEW")),
        ("missions.mission_status_changed", ("NEW", "CANCELLED")),
        ("missions.mission_cancelled", ("Off",)),
    ]
