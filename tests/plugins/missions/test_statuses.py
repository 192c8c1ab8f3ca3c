"""The life of a mission: which status may follow which, and what is kept of it."""

from __future__ import annotations

from plugins.missions.rules import TRANSITIONS, MissionStatus
from tests.cast import Tenant
from tests.plugins.missions.cast import LATER, TOMORROW, mission, move, seen

WORK = ("SENT", "READ", "ACCEPTED", "ON_THE_WAY", "STARTED")


async def test_r059_the_legal_transitions_are_published(tenant: Tenant) -> None:
    found = await tenant.ask("{ missionTransitions { from to } }")

    published = {(t["from"], t["to"]) for t in found["missionTransitions"]}
    assert published == {
        (str(a), str(b)) for a, following in TRANSITIONS.items() for b in following
    }
    assert ("NEW", "CANCELLED") in published
    assert {a for a, b in published if b == "CANCELLED"} == {
        "NEW", "UNSCHEDULED", "SCHEDULED", "SENT",
    }  # fmt: skip
    assert {a for a, _ in published} == set(MissionStatus) - {
        "COMPLETED_OK", "COMPLETED_WITH_ISSUES", "CANCELLED",
    }  # fmt: skip


async def test_r059_a_mission_names_the_statuses_that_may_follow(tenant: Tenant) -> None:
    made = await mission(tenant, await tenant.contact())

    assert (await seen(tenant, made["id"], "status nextStatuses")) == {
        "status": "NEW",
        "nextStatuses": ["UNSCHEDULED", "SCHEDULED", "CANCELLED"],
    }


async def test_r059_an_illegal_transition_is_refused_with_the_legal_ones(tenant: Tenant) -> None:
    made = await mission(tenant, await tenant.contact(), plannedStart=TOMORROW)

    payload = await tenant._mutate(
        "missionSetStatus", "mission { id }", {"id": made["id"], "to": "COMPLETED_OK"}
    )

    assert payload["mission"] is None
    assert payload["userErrors"] == [
        {
            "code": "ILLEGAL_TRANSITION",
            "field": "to",
            "message": "SCHEDULED can't become COMPLETED_OK: "
            "it may become UNSCHEDULED, SENT, STARTED, CANCELLED.",
        }
    ]
    assert await seen(tenant, made["id"], "status version") == {"status": "SCHEDULED", "version": 1}


async def test_r059_every_change_is_kept_with_who_when_and_why(tenant: Tenant) -> None:
    made = await mission(tenant, await tenant.contact(), plannedStart=TOMORROW)
    await move(tenant, made["id"], "SENT")
    await tenant.do("missionCancel", id=made["id"], reason="  The customer called it off ")

    found = await seen(
        tenant,
        made["id"],
        "cancelReason createdAt statusHistory { at byName before after reason }",
    )

    assert found["cancelReason"] == "The customer called it off"
    history = found["statusHistory"]
    assert [(h["before"], h["after"], h["reason"]) for h in history] == [
        (None, "SCHEDULED", None),
        ("SCHEDULED", "SENT", None),
        ("SENT", "CANCELLED", "The customer called it off"),
    ]
    assert {h["byName"] for h in history} == {"Camille"}
    assert history[0]["at"] == found["createdAt"]


async def test_r059_cancelling_needs_a_reason_and_is_final(tenant: Tenant) -> None:
    made = await mission(tenant, await tenant.contact())

    assert await tenant.refused("missionCancel", id=made["id"], reason="  ") == [
        ("REASON_MISSING", "reason")
    ]
    assert await tenant.refused("missionSetStatus", id=made["id"], to="CANCELLED") == [
        ("REASON_MISSING", "reason")
    ]
    await tenant.do("missionCancel", id=made["id"], reason="Twice the same")

    assert await seen(tenant, made["id"], "status nextStatuses") == {
        "status": "CANCELLED",
        "nextStatuses": [],
    }
    assert await tenant.refused("missionSetStatus", id=made["id"], to="NEW") == [
        ("ILLEGAL_TRANSITION", "to")
    ]


async def test_r059_a_mission_that_was_read_is_withdrawn_before_it_is_cancelled(
    tenant: Tenant,
) -> None:
    made = await mission(tenant, await tenant.contact(), plannedStart=TOMORROW)
    await move(tenant, made["id"], "SENT", "READ")

    assert await tenant.refused("missionCancel", id=made["id"], reason="Off") == [
        ("ILLEGAL_TRANSITION", "to")
    ]
    await move(tenant, made["id"], "SCHEDULED")
    await tenant.do("missionCancel", id=made["id"], reason="Off")

    assert (await seen(tenant, made["id"], "status"))["status"] == "CANCELLED"


async def test_r059_the_alerts_stand_beside_the_status(tenant: Tenant) -> None:
    late = await mission(
        tenant,
        await tenant.contact(),
        plannedStart="2020-01-01T08:00:00Z",
        plannedEnd="2020-01-01T09:00:00Z",
    )
    early = await mission(
        tenant, await tenant.contact("Site"), plannedStart=TOMORROW, plannedEnd=LATER
    )

    begun = await move(tenant, late["id"], *WORK)
    done = await move(tenant, late["id"], "SUSPENDED", "STARTED", "COMPLETED_OK")
    punctual = await move(tenant, early["id"], *WORK, "COMPLETED_WITH_ISSUES")

    assert (begun["status"], begun["lateStart"], begun["lateFinish"]) == ("STARTED", True, False)
    assert (done["status"], done["lateStart"], done["lateFinish"]) == ("COMPLETED_OK", True, True)
    assert done["actualStart"] == begun["actualStart"]
    assert done["actualEnd"] > done["actualStart"]
    assert punctual["status"] == "COMPLETED_WITH_ISSUES"
    assert (punctual["lateStart"], punctual["lateFinish"]) == (False, False)


async def test_r059_a_status_is_set_on_the_version_that_was_seen(tenant: Tenant) -> None:
    made = await mission(tenant, await tenant.contact(), plannedStart=TOMORROW)
    await move(tenant, made["id"], "SENT")

    assert await tenant.refused("missionSetStatus", id=made["id"], to="READ", version=1) == [
        ("STALE_VERSION", "version")
    ]
    assert await seen(tenant, made["id"], "status version") == {"status": "SENT", "version": 2}


async def test_r059_others_find_no_mission_to_change(tenant: Tenant, other_tenant: Tenant) -> None:
    made = await mission(tenant, await tenant.contact())

    assert await other_tenant.refused("missionSetStatus", id=made["id"], to="UNSCHEDULED") == [
        ("NOT_FOUND", "id")
    ]
    assert await other_tenant.refused("missionCancel", id=made["id"], reason="Ha") == [
        ("NOT_FOUND", "id")
    ]
    reader = tenant.without("missions.write")
    answer = await reader.answer(
        'mutation($id: ID!) { missionCancel(input: {id: $id, reason: "Ha"}) '
        "{ userErrors { code } } }",
        id=made["id"],
    )
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await seen(tenant, made["id"], "status"))["status"] == "NEW"
