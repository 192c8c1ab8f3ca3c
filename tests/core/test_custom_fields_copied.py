"""Lists of fields are copied by value; a contact in another group keeps what both groups have."""

from __future__ import annotations

from typing import Any

from tests.cast import Tenant
from tests.core.fields import contact, displayed, field, group, labels, put

PREVIEW = """query($input: CustomFieldsCopyInput!) {
  customFieldsCopyPreview(input: $input) { key label type action differs } }"""
LISTED = """query($id: ID!) { contactGroup(id: $id) { customFields {
  key label mandatory unit options { key label } } } }"""
SHIFTS = """query($contact: ID!, $group: ID!) {
  contactGroupChangePreview(contactId: $contact, groupId: $group) {
    kept { key label type display } hidden { key display } returning { key display }
    newlyRequired { key label display } } }"""


async def steps(tenant: Tenant, from_: str, into: str, mode: str) -> list[tuple[str, str]]:
    found = await tenant.ask(PREVIEW, input={"fromId": from_, "intoId": into, "mode": mode})
    return [(step["key"], step["action"]) for step in found["customFieldsCopyPreview"]]


async def copied(tenant: Tenant, from_: str, into: str, mode: str) -> list[tuple[str, str]]:
    made = await tenant.do(
        "customFieldsCopy", "steps { key action }", fromId=from_, intoId=into, mode=mode
    )
    return [(step["key"], step["action"]) for step in made["steps"]]


async def two_lists(tenant: Tenant) -> tuple[str, str]:
    """Sites have Energy and Power, places Energy (with other answers) and Code."""
    sites, places = await group(tenant), await group(tenant, "Places")
    await field(tenant, sites, "Energy", "LIST", optionsText="Gas, Wood", mandatory=True)
    await field(tenant, sites, "Power", "DECIMAL", unit="kW")
    gone = await field(tenant, sites, "Gone")
    await tenant.do("customFieldArchive", id=gone["id"])
    await field(tenant, places, "Code")
    energy = await field(tenant, places, "Energy", "LIST", optionsText="Oil, Gas")
    await tenant.do("customFieldUpdate", id=energy["id"], label="Fuel")
    return sites, places


async def listed(tenant: Tenant, group: str) -> list[tuple[str, str, list[str]]]:
    found = (await tenant.ask(LISTED, id=group))["contactGroup"]["customFields"]
    return [(f["key"], f["label"], [o["key"] for o in f["options"]]) for f in found]


async def test_r017_add_brings_what_is_not_there_yet(tenant: Tenant) -> None:
    sites, places = await two_lists(tenant)
    wanted = [("code", "KEPT"), ("energy", "KEPT"), ("power", "ADDED")]

    assert await steps(tenant, sites, places, "ADD") == wanted
    assert await labels(tenant, places) == ["Code", "Fuel"]  # a look changes nothing
    assert await copied(tenant, sites, places, "ADD") == wanted

    assert await listed(tenant, places) == [
        ("code", "Code", []),
        ("energy", "Fuel", ["oil", "gas"]),
        ("power", "Power", []),
    ]


async def test_r017_merge_by_key_makes_what_is_there_like_its_source(tenant: Tenant) -> None:
    sites, places = await two_lists(tenant)
    wanted = [("code", "KEPT"), ("energy", "UPDATED"), ("power", "ADDED")]
    site = await contact(tenant, places)
    await put(tenant, site, {"key": "energy", "option": "oil"})

    assert await steps(tenant, sites, places, "MERGE_BY_KEY") == wanted
    assert await copied(tenant, sites, places, "MERGE_BY_KEY") == wanted

    assert await listed(tenant, places) == [
        ("code", "Code", []),
        ("energy", "Energy", ["gas", "wood", "oil"]),
        ("power", "Power", []),
    ]
    found = (await tenant.ask(LISTED, id=places))["contactGroup"]["customFields"]
    assert [(f["mandatory"], f["unit"]) for f in found] == [
        (False, None), (True, None), (False, "kW"),
    ]  # fmt: skip
    assert await displayed(tenant, site) == {"energy": "Oil"}


async def test_r017_replace_archives_what_the_source_does_not_have(tenant: Tenant) -> None:
    sites, places = await two_lists(tenant)
    site = await contact(tenant, places)
    await put(tenant, site, {"key": "energy", "option": "oil"}, {"key": "code", "text": "7B"})
    wanted = [("energy", "UPDATED"), ("power", "ADDED"), ("code", "ARCHIVED")]

    assert await steps(tenant, sites, places, "REPLACE") == wanted
    assert await copied(tenant, sites, places, "REPLACE") == wanted

    assert await listed(tenant, places) == [
        ("energy", "Energy", ["gas", "wood"]),
        ("power", "Power", []),
    ]
    assert await displayed(tenant, site) == {"energy": "Oil"}  # an archived answer is kept
    found = await tenant.ask(
        'query($g: ID!) { customFields(where: {group: {eq: $g}, key: {eq: "code"}}) '
        "{ nodes { id } } }",
        g=places,
    )
    await tenant.do("customFieldRestore", id=found["customFields"]["nodes"][0]["id"])
    assert await displayed(tenant, site) == {"energy": "Oil", "code": "7B"}


async def test_r017_what_is_edited_later_stays_where_it_is(tenant: Tenant) -> None:
    sites, places = await group(tenant), await group(tenant, "Places")
    made = await field(tenant, sites, "Energy", "LIST", optionsText="Gas, Wood")
    await copied(tenant, sites, places, "ADD")

    await tenant.do("customFieldUpdate", id=made["id"], label="Fuel", optionsText="Gas")

    assert await listed(tenant, places) == [("energy", "Energy", ["gas", "wood"])]


async def test_r017_a_field_of_another_type_is_not_overwritten(tenant: Tenant) -> None:
    sites, places = await group(tenant), await group(tenant, "Places")
    await field(tenant, sites, "Size", "DECIMAL")
    await field(tenant, sites, "Code")
    await field(tenant, places, "Size", "TEXT")
    given = {"fromId": sites, "intoId": places}

    found = await tenant.ask(PREVIEW, input={**given, "mode": "REPLACE"})
    assert [(s["key"], s["type"], s["differs"]) for s in found["customFieldsCopyPreview"]] == [
        ("size", "DECIMAL", True),
        ("code", "TEXT", False),
    ]
    for mode in ("MERGE_BY_KEY", "REPLACE"):
        assert await tenant.refused("customFieldsCopy", **given, mode=mode) == [
            ("TYPES_DIFFER", "mode")
        ]
    assert await listed(tenant, places) == [("size", "Size", [])]
    assert await copied(tenant, sites, places, "ADD") == [("size", "KEPT"), ("code", "ADDED")]


async def test_r017_from_where_to_where_must_be_said(tenant: Tenant, other_tenant: Tenant) -> None:
    sites = await group(tenant)
    theirs = await group(other_tenant)
    await field(other_tenant, theirs, "Secret")

    for given, refusal in (
        ({"intoId": sites}, ("SCOPE_MISSING", "fromId")),
        ({"fromId": sites}, ("SCOPE_MISSING", "intoId")),
        ({"fromId": sites, "fromTarget": "CONTACT", "intoId": sites},
         ("SCOPE_GIVEN_TWICE", "fromTarget")),
        ({"fromTarget": "CONTACT", "intoId": sites}, ("SCOPE_MISSING", "fromId")),
        ({"fromTarget": "HOUSE", "intoId": sites}, ("UNKNOWN_TARGET", "fromTarget")),
        ({"fromId": sites, "intoId": sites}, ("SAME_SCOPE", "intoId")),
        ({"fromId": theirs, "intoId": sites}, ("NOT_FOUND", "fromId")),
        ({"fromId": sites, "intoId": theirs}, ("NOT_FOUND", "intoId")),
    ):  # fmt: skip
        assert await tenant.refused("customFieldsCopy", mode="ADD", **given) == [refusal], given
    assert await labels(tenant, sites) == []


# --- another group ---------------------------------------------------------------------------


async def shifts(tenant: Tenant, contact: str, group: str) -> Any:
    found = await tenant.ask(SHIFTS, contact=contact, group=group)
    return found["contactGroupChangePreview"]


async def test_r018_another_group_shows_what_is_kept_hidden_and_newly_required(
    tenant: Tenant,
) -> None:
    sites, places = await group(tenant), await group(tenant, "Places")
    await field(tenant, sites, "Energy", "LIST", optionsText="Gas, Wood")
    await field(tenant, sites, "Trades", "MULTI_LIST", optionsText="Roofs, Walls")
    await field(tenant, sites, "Size", "DECIMAL")
    await field(tenant, sites, "Code")
    await field(tenant, places, "Energy", "LIST", optionsText="Wood, Oil", mandatory=True)
    await field(tenant, places, "Trades", "MULTI_LIST", optionsText="Walls")
    await field(tenant, places, "Size", "TEXT")
    await field(tenant, places, "Owner", mandatory=True)
    site = await contact(tenant, sites)
    await put(
        tenant, site, {"key": "energy", "option": "wood"}, {"key": "size", "decimal": "12"},
        {"key": "trades", "options": ["roofs", "walls"]}, {"key": "code", "text": "7B"},
    )  # fmt: skip
    was = await displayed(tenant, site)

    found = await shifts(tenant, site, places)

    assert found == {
        "kept": [{"key": "energy", "label": "Energy", "type": "LIST", "display": "Wood"}],
        "hidden": [
            {"key": "trades", "display": "Roofs, Walls"},  # one answer isn't on offer there
            {"key": "size", "display": "12"},  # of another type there
            {"key": "code", "display": "7B"},
        ],
        "returning": [],
        "newlyRequired": [{"key": "owner", "label": "Owner", "display": None}],
    }
    assert await displayed(tenant, site) == was  # a look changes nothing
    await tenant.do("contactUpdate", id=site, groupId=places)
    assert await displayed(tenant, site) == {"energy": "Wood"}
    assert await tenant.refused(
        "contactSetCustomValues", id=site, values=[{"key": "size", "text": "large"}]
    ) == [("MANDATORY_MISSING", "values.owner")]


async def test_r018_hidden_values_survive_a_move_back(tenant: Tenant) -> None:
    sites, places = await group(tenant), await group(tenant, "Places")
    for each in (sites, places):
        await field(tenant, each, "Energy", "LIST", optionsText="Gas, Wood")
        await field(tenant, each, "Area", "DECIMAL")
    await field(tenant, sites, "Code")
    site = await contact(tenant, sites)
    await put(
        tenant, site, {"key": "energy", "option": "gas"}, {"key": "area", "decimal": "5"},
        {"key": "code", "text": "7B"},
    )  # fmt: skip
    await tenant.do("contactUpdate", id=site, groupId=places)
    await put(tenant, site, {"key": "energy", "option": "wood"})

    found = await shifts(tenant, site, sites)

    assert [each["key"] for each in found["kept"]] == ["area"]
    assert found["hidden"] == [{"key": "energy", "display": "Wood"}]
    assert found["returning"] == [
        {"key": "energy", "display": "Gas"},
        {"key": "code", "display": "7B"},
    ]
    await tenant.do("contactUpdate", id=site, groupId=sites)
    assert await displayed(tenant, site) == {"energy": "Gas", "area": "5", "code": "7B"}
    await tenant.do("contactUpdate", id=site, groupId=places)
    assert await displayed(tenant, site) == {"energy": "Wood", "area": "5"}
