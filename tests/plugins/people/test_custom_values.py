"""Custom fields of persons: the same for all of them, with values that are found and exported."""

from __future__ import annotations

from typing import Any

from tests.cast import House, Tenant
from tests.kit.both import Both

PERSON = """query($id: ID!) { person(id: $id) { version position customValues { key type text
  decimal dateTime option { key } options { label } display field { key } } } }"""
PERSONS = """query($where: PersonFilter, $by: CustomFieldOrder) {
  persons(where: $where, orderByCustomField: $by) { totalCount nodes {
    lastName customValues { key display } } } }"""


async def define(tenant: Tenant, label: str, type: str = "TEXT", **more: Any) -> Any:
    made = await tenant.do(
        "customFieldCreate", "customField { id key target group { id } }", target="PERSON",
        label=label, type=type, **more,
    )  # fmt: skip
    return made["customField"]


async def person(tenant: Tenant, name: str, **values: Any) -> str:
    made = await tenant.do(
        "personCreate", "person { id }", lastName=name, customValues=_given(values)
    )
    return str(made["person"]["id"])


def _given(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "display": value} for key, value in values.items()]


async def shown(tenant: Tenant, id: str) -> dict[str, str]:
    found = (await tenant.ask(PERSON, id=id))["person"]["customValues"]
    return {value["key"]: value["display"] for value in found}


async def test_r012_fields_of_persons_are_the_same_for_all_of_them(tenant: Tenant) -> None:
    made = await define(tenant, "Languages", "MULTI_LIST", optionsText="French, Dutch")
    await define(tenant, "Hired", "DATE")
    sites = await tenant.group("Sites")
    await tenant.do("customFieldCreate", groupId=sites, label="Hired", type="TEXT")

    one = await person(tenant, "Lefèvre", languages="dutch, french", hired="2020-02-29")
    two = await person(tenant, "Benali", hired="2021-03-01")

    assert made["target"] == "PERSON"
    assert made["group"] is None
    assert await shown(tenant, one) == {"languages": "French, Dutch", "hired": "2020-02-29"}
    assert await shown(tenant, two) == {"hired": "2021-03-01"}
    found = await tenant.ask(
        '{ customFieldTargets { kind within } customFields(where: {target: {eq: "PERSON"}}) '
        "{ nodes { key position } } }"
    )
    assert {"kind": "PERSON", "within": None} in found["customFieldTargets"]
    assert {"kind": "CONTACT", "within": "contact_group"} in found["customFieldTargets"]
    assert found["customFields"]["nodes"] == [
        {"key": "languages", "position": 0},
        {"key": "hired", "position": 1},
    ]


async def test_r012_fields_of_persons_are_reordered_archived_and_not_without_the_module(
    tenant: Tenant, house: House
) -> None:
    ids = [(await define(tenant, label))["id"] for label in "AB"]
    somebody = await person(tenant, "Roux", a="1", b="2")

    await tenant.do("customFieldReorder", target="PERSON", ids=ids[::-1])
    assert [*(await shown(tenant, somebody))] == ["b", "a"]
    await tenant.do("customFieldArchive", id=ids[0])
    assert await shown(tenant, somebody) == {"b": "2"}

    assert await tenant.refused("customFieldReorder", target="PERSON", ids=ids) == [
        ("ORDER_INCOMPLETE", "ids")
    ]
    bare = await house.tenant(frozenset({"core", "crm"}))
    assert await bare.refused("customFieldCreate", target="PERSON", label="A", type="TEXT") == [
        ("UNKNOWN_TARGET", "target")
    ]


async def test_r016_all_that_is_wrong_with_a_persons_values_is_refused_and_nothing_is_written(
    tenant: Tenant,
) -> None:
    await define(tenant, "Floor", "INTEGER", minimum="0")
    await define(tenant, "Badge", mandatory=True)
    somebody = await person(tenant, "Roux", badge="7", floor="1")
    given = [{"key": "floor", "decimal": "-1"}, {"key": "badge", "clear": True},
             {"key": "nothing", "text": "x"}]  # fmt: skip
    refusals = [
        ("OUT_OF_BOUNDS", "customValues.floor"),
        ("UNKNOWN_KEY", "customValues.nothing"),
        ("MANDATORY_MISSING", "customValues.badge"),
    ]

    assert (
        await tenant.refused("personUpdate", id=somebody, position="Boss", customValues=given)
        == refusals
    )
    assert await tenant.refused("personCreate", lastName="New", customValues=given) == refusals

    found = (await tenant.ask(PERSON, id=somebody))["person"]
    assert (found["version"], found["position"]) == (2, None)
    assert await shown(tenant, somebody) == {"badge": "7", "floor": "1"}
    assert (await tenant.ask(PERSONS))["persons"]["totalCount"] == 1
    await tenant.do("personUpdate", id=somebody, position="Boss")  # touches no custom value
    await person(tenant, "Other")


async def test_a_persons_columns_and_values_are_one_write_and_in_its_history(
    tenant: Tenant,
) -> None:
    await define(tenant, "Badge")
    somebody = await person(tenant, "Roux")

    made = await tenant.do(
        "personUpdate", "person { version }", id=somebody, version=1, position="Boss",
        customValues=[{"key": "badge", "text": "7"}],
    )  # fmt: skip

    assert made["person"]["version"] == 2
    rows = await tenant.house.owner.fetch(
        "select changes::text from core_audit_entry where tenant_id = $1 "
        "and row_type = 'people_person' and action = 'CHANGED' order by id",
        tenant.id,
    )
    assert {row["changes"] for row in rows} == {
        '{"custom_values.badge": [null, "7"]}', '{"position": [null, "Boss"]}'
    }  # fmt: skip
    assert await tenant.refused(
        "personUpdate", id=somebody, version=1, customValues=[{"key": "badge", "text": "8"}]
    ) == [("STALE_VERSION", "version")]


async def test_r020_persons_are_found_and_ordered_by_their_values(
    tenant: Tenant, house: House
) -> None:
    await define(tenant, "Floor", "INTEGER")
    await define(tenant, "Languages", "MULTI_LIST", optionsText="French, Dutch")
    for name, values in (
        ("A", {"floor": "3", "languages": "dutch"}),
        ("B", {"floor": "10", "languages": "french, dutch"}),
        ("C", {"floor": "-1"}),
        ("D", {}),
    ):
        await person(tenant, name, **values)
    sites = await tenant.group("Sites")
    await tenant.do("customFieldCreate", groupId=sites, label="Elsewhere", type="TEXT")
    both = Both(house, tenant)

    async def names(**variables: Any) -> str:
        way, answer = await both.ask(PERSONS, variables)
        assert (way, answer["errors"]) == ("planned", set()), both.why
        return "".join(node["lastName"] for node in both.data["persons"]["nodes"])

    assert await names(where={"customFields": [{"key": "floor", "gte": "3"}]}) == "AB"
    assert await names(where={"customFields": [{"key": "floor", "ne": "3"}]}) == "BCD"
    assert await names(where={"customFields": [{"key": "languages", "eq": "dutch"}]}) == "AB"
    assert await names(where={"customFields": [{"key": "languages", "isSet": False}]}) == "CD"
    assert await names(by={"key": "floor"}) == "CABD"
    assert await names(by={"key": "floor", "descending": True}) == "BACD"
    answer = await tenant.answer(PERSONS, by={"key": "elsewhere"})
    assert answer["errors"][0]["message"] == "No custom field has the key 'elsewhere'."


async def test_r016_a_type_of_persons_field_changes_and_its_list_is_copied(tenant: Tenant) -> None:
    floor = await define(tenant, "Floor")
    somebody = await person(tenant, "Roux", floor="3")
    sites = await tenant.group("Sites")

    await tenant.do("customFieldChangeType", id=floor["id"], type="INTEGER")
    await tenant.do("customFieldsCopy", fromTarget="PERSON", intoId=sites, mode="ADD")

    assert await shown(tenant, somebody) == {"floor": "3"}
    found = await tenant.ask(
        "query($g: ID!) { contactGroup(id: $g) { customFields { key type target } } }", g=sites
    )
    assert found["contactGroup"]["customFields"] == [
        {"key": "floor", "type": "INTEGER", "target": "CONTACT"}
    ]


async def test_the_values_of_another_tenants_person_are_not_there(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    await define(tenant, "Badge")
    await define(other_tenant, "Badge")
    somebody = await person(tenant, "Roux", badge="7")

    assert await other_tenant.refused(
        "personUpdate", id=somebody, customValues=[{"key": "badge", "text": "8"}]
    ) == [("NOT_FOUND", "id")]
    assert await shown(tenant, somebody) == {"badge": "7"}


async def test_values_of_many_persons_are_one_statement(tenant: Tenant) -> None:
    for number in range(30):
        await define(tenant, f"F{number:02}")
    values = {f"f{number:02}": str(number) for number in range(30)}
    await person(tenant, "P00", **values)
    await tenant.ask(PERSONS)
    one = tenant.statements
    for number in range(1, 50):
        await person(tenant, f"P{number:02}", **values)

    found = (await tenant.ask(PERSONS))["persons"]["nodes"]

    assert tenant.statements == one == 1
    assert [len(node["customValues"]) for node in found] == [30] * 50
