"""One contact group joins another: contacts, custom fields and values come along."""

from __future__ import annotations

from typing import Any

from tests.cast import Tenant
from tests.core.fields import field

VALUES = """query($id: ID!) { contact(id: $id) {
  version group { name } customValues { key display } history { nodes { changes } } } }"""
DEFINED = (
    """{ contactGroups(first: 2) { nodes { name customFields { key label options { key } } } } }"""
)


async def give(tenant: Tenant, contact: str, **values: dict[str, Any]) -> None:
    given = [{"key": key, **value} for key, value in values.items()]
    await tenant.do("contactSetCustomValues", id=contact, values=given)


async def shown(tenant: Tenant, contact: str) -> dict[str, str]:
    found = (await tenant.ask(VALUES, id=contact))["contact"]
    return {value["key"]: value["display"] for value in found["customValues"]}


async def merged(tenant: Tenant, gone: str, kept: str) -> list[tuple[str, str]]:
    payload = await tenant.do("contactGroupMerge", "contactGroup { id }", fromId=gone, intoId=kept)
    assert payload["contactGroup"] == {"id": kept}
    return [(warning["code"], warning["field"]) for warning in payload["warnings"]]


async def test_merging_moves_the_contacts_and_takes_the_group_away(tenant: Tenant) -> None:
    sites, places = await tenant.group("Sites"), await tenant.group("Places")
    one, two = await tenant.contact("A", group=sites), await tenant.contact("B", group=sites)

    warnings = await merged(tenant, sites, places)

    assert warnings == []
    groups = (await tenant.ask("{ contactGroups(first: 2) { nodes { name } } }"))["contactGroups"][
        "nodes"
    ]
    assert groups == [{"name": "Places"}]
    for contact in (one, two):
        found = (await tenant.ask(VALUES, id=contact))["contact"]
        assert (found["group"]["name"], found["version"]) == ("Places", 2)
        assert found["history"]["nodes"][0]["changes"] == {
            "groupId": {"before": sites, "after": places}
        }


async def test_values_follow_by_key_and_options_by_theirs(tenant: Tenant) -> None:
    sites, places = await tenant.group("Sites"), await tenant.group("Places")
    for group, options in ((sites, "Gas, Wood"), (places, "Oil, Gas")):
        await field(tenant, group, "Energy", "LIST", optionsText=options)
        await field(tenant, group, "Code")
    await field(tenant, sites, "Floor area", "DECIMAL")
    contact = await tenant.contact("A", group=sites)
    await give(
        tenant, contact, energy={"option": "wood"}, code={"text": "7B"},
        floor_area={"decimal": "120.5"},
    )  # fmt: skip
    other = await tenant.contact("B", group=sites)
    await give(tenant, other, energy={"option": "gas"})

    warnings = await merged(tenant, sites, places)

    assert warnings == []
    assert await shown(tenant, contact) == {"energy": "Wood", "code": "7B", "floor_area": "120.5"}
    assert await shown(tenant, other) == {"energy": "Gas"}
    (group,) = (await tenant.ask(DEFINED))["contactGroups"]["nodes"]
    assert [f["key"] for f in group["customFields"]] == ["energy", "code", "floor_area"]
    assert [o["key"] for o in group["customFields"][0]["options"]] == ["oil", "gas", "wood"]


async def test_fields_of_different_types_are_refused_if_one_has_values(tenant: Tenant) -> None:
    sites, places = await tenant.group("Sites"), await tenant.group("Places")
    await field(tenant, sites, "Size", "TEXT")
    await field(tenant, places, "Size", "DECIMAL")
    contact = await tenant.contact("A", group=sites)
    await give(tenant, contact, size={"text": "large"})

    refused = await tenant.refused("contactGroupMerge", fromId=sites, intoId=places)

    assert refused == [("TYPES_DIFFER", "fromId")]
    assert await shown(tenant, contact) == {"size": "large"}
    await give(tenant, contact, size={"clear": True})
    assert await merged(tenant, sites, places) == [("FIELD_LOST", "size")]


async def test_a_hidden_value_gives_way_to_the_one_that_shows(tenant: Tenant) -> None:
    sites, places = await tenant.group("Sites"), await tenant.group("Places")
    for group in (sites, places):
        await field(tenant, group, "Code")
    moved, back = await tenant.contact("A", group=places), await tenant.contact("B", group=sites)
    await give(tenant, moved, code={"text": "old"})
    await give(tenant, back, code={"text": "old"})
    await tenant.do("contactUpdate", id=moved, groupId=sites)
    await tenant.do("contactUpdate", id=back, groupId=places)
    await give(tenant, moved, code={"text": "new"})
    await give(tenant, back, code={"text": "newer"})

    warnings = await merged(tenant, sites, places)

    assert warnings == [("HIDDEN_VALUES_LOST", "code")]
    assert await shown(tenant, moved) == {"code": "new"}
    assert await shown(tenant, back) == {"code": "newer"}


async def test_merging_is_refused_with_itself_another_tenants_or_without_permission(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    sites, foreign = await tenant.group("Sites"), await other_tenant.group("Places")
    merge = """mutation($i: ContactGroupMergeInput!) {
      contactGroupMerge(input: $i) { userErrors { code } } }"""

    assert await tenant.refused("contactGroupMerge", fromId=sites, intoId=sites) == [
        ("SAME_GROUP", "intoId")
    ]
    assert await tenant.refused("contactGroupMerge", fromId=sites, intoId=foreign) == [
        ("NOT_FOUND", "intoId")
    ]
    assert await tenant.refused("contactGroupMerge", fromId=foreign, intoId=sites) == [
        ("NOT_FOUND", "fromId")
    ]
    answer = await tenant.without("contacts.configure").answer(
        merge, i={"fromId": sites, "intoId": await tenant.group("Places")}
    )
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
