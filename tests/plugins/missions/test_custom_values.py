"""Custom fields of missions: those of their type."""

from __future__ import annotations

from typing import Any

from tests.cast import House, Tenant
from tests.kit.both import Both
from tests.plugins.missions.cast import mission, mission_type, seen

LIST = """query($where: MissionFilter, $by: CustomFieldOrder) {
  missions(where: $where, orderByCustomField: $by) { totalCount nodes {
    reference customValues { key display } } } }"""


async def define(tenant: Tenant, type_: str, label: str, kind: str = "TEXT", **more: Any) -> str:
    made = await tenant.do(
        "customFieldCreate", "customField { id target key }", scopeId=type_, label=label,
        type=kind, **more,
    )  # fmt: skip
    assert made["customField"]["target"] == "MISSION"
    return str(made["customField"]["id"])


async def shown(tenant: Tenant, id: str) -> dict[str, str]:
    found = await seen(tenant, id, "customValues { key display }")
    return {value["key"]: value["display"] for value in found["customValues"]}


async def test_r012_missions_have_the_fields_of_their_type(tenant: Tenant) -> None:
    repair, visit = await mission_type(tenant), await mission_type(tenant, "Visit")
    cause = await define(tenant, repair, "Cause", "LIST", optionsText="Leak, Wear")
    hours = await define(tenant, repair, "Hours", "DECIMAL", unit="h")
    await define(tenant, visit, "Hours", "DECIMAL")
    contact = await tenant.contact()

    made = await mission(
        tenant, contact, customValues=[{"key": "cause", "option": "leak"},
                                       {"key": "hours", "decimal": "1.5"}],
    )  # fmt: skip
    await tenant.do("customFieldReorder", scopeId=repair, ids=[hours, cause])

    assert await shown(tenant, made["id"]) == {"hours": "1.5", "cause": "Leak"}
    found = await tenant.ask(
        "query($id: ID!) { missionType(id: $id) { customFields { key unit group { id } } } }",
        id=repair,
    )
    assert found["missionType"]["customFields"] == [
        {"key": "hours", "unit": "h", "group": None},
        {"key": "cause", "unit": None, "group": None},
    ]


async def test_values_of_a_mission_are_refused_together_and_nothing_is_written(
    tenant: Tenant,
) -> None:
    repair = await mission_type(tenant)
    await define(tenant, repair, "Hours", "DECIMAL", minimum="0")
    await define(tenant, repair, "Signed", "BOOLEAN", mandatory=True)
    contact = await tenant.contact()
    made = await mission(tenant, contact)
    refusals = [
        ("OUT_OF_BOUNDS", "customValues.hours"),
        ("MANDATORY_MISSING", "customValues.signed"),
    ]
    given = [{"key": "hours", "decimal": "-1"}]

    assert (
        await tenant.refused("missionUpdate", id=made["id"], comments="x", customValues=given)
        == refusals
    )
    assert (
        await tenant.refused("missionCreate", contactId=contact, typeId=repair, customValues=given)
        == refusals
    )
    found = await seen(tenant, made["id"], "comments version")
    assert found == {"comments": None, "version": 1}
    assert (await tenant.ask(LIST))["missions"]["totalCount"] == 1


async def test_a_plan_and_values_are_one_write(tenant: Tenant) -> None:
    repair = await mission_type(tenant)
    await define(tenant, repair, "Hours", "DECIMAL")
    made = await mission(tenant, await tenant.contact())

    await tenant.do(
        "missionUpdate", id=made["id"], version=1, plannedStart="2031-03-04T08:00:00Z",
        customValues=[{"key": "hours", "decimal": "2"}],
    )  # fmt: skip

    found = await seen(tenant, made["id"], "status version customValues { key display }")
    assert found == {
        "status": "SCHEDULED", "version": 2, "customValues": [{"key": "hours", "display": "2"}],
    }  # fmt: skip


async def test_r018_a_mission_of_another_type_keeps_what_both_have(tenant: Tenant) -> None:
    repair, visit = await mission_type(tenant), await mission_type(tenant, "Visit")
    for type_ in (repair, visit):
        await define(tenant, type_, "Hours", "DECIMAL")
    await define(tenant, repair, "Cause")
    made = await mission(
        tenant, await tenant.contact(),
        customValues=[{"key": "hours", "decimal": "2"}, {"key": "cause", "text": "leak"}],
    )  # fmt: skip

    await tenant.do("missionUpdate", id=made["id"], typeId=visit)
    assert await shown(tenant, made["id"]) == {"hours": "2"}
    await tenant.do("missionUpdate", id=made["id"], typeId=repair)
    assert await shown(tenant, made["id"]) == {"hours": "2", "cause": "leak"}


async def test_r020_missions_are_found_and_ordered_by_their_values(
    tenant: Tenant, house: House
) -> None:
    repair = await mission_type(tenant)
    await define(tenant, repair, "Hours", "DECIMAL")
    contact = await tenant.contact()
    for reference, hours in (("A", "3"), ("B", "10"), ("C", "-1")):
        await mission(
            tenant, contact, reference=reference,
            customValues=[{"key": "hours", "decimal": hours}],
        )  # fmt: skip
    await mission(tenant, contact, reference="D")
    both = Both(house, tenant)

    async def references(**variables: Any) -> str:
        way, answer = await both.ask(LIST, variables)
        assert (way, answer["errors"]) == ("planned", set()), both.why
        return "".join(node["reference"] for node in both.data["missions"]["nodes"])

    assert await references(by={"key": "hours"}) == "CABD"
    where = {"customFields": [{"key": "hours", "gte": "3"}]}
    assert await references(where=where, by={"key": "hours"}) == "AB"


async def test_r017_the_list_of_a_mission_type_is_copied_to_another(tenant: Tenant) -> None:
    repair, visit = await mission_type(tenant), await mission_type(tenant, "Visit")
    await define(tenant, repair, "Cause", "LIST", optionsText="Leak, Wear")

    made = await tenant.do(
        "customFieldsCopy", "steps { key action }", fromId=repair, intoId=visit, mode="REPLACE"
    )

    assert made["steps"] == [{"key": "cause", "action": "ADDED"}]
    found = await tenant.ask(
        "query($id: ID!) { missionType(id: $id) { customFields { key options { label } } } }",
        id=visit,
    )
    assert found["missionType"]["customFields"] == [
        {"key": "cause", "options": [{"label": "Leak"}, {"label": "Wear"}]}
    ]
