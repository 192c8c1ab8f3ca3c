"""Definitions of custom fields: keys, options, order, and what they may carry."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Tenant
from tests.core.fields import FIELD, field, group, labels, pairs

SHOWN = "customField { options { key label } archivedOptions { key label } version }"


async def test_r012_fields_belong_to_a_group_and_stand_in_the_order_they_were_made(
    tenant: Tenant,
) -> None:
    sites, suppliers = await group(tenant), await group(tenant, "Suppliers")
    for label in ("Floor area", "Keys", "Alarm"):
        await field(tenant, sites, label)
    await field(tenant, suppliers, "Rating")

    assert await labels(tenant, sites) == ["Floor area", "Keys", "Alarm"]
    assert await labels(tenant, suppliers) == ["Rating"]
    found = await tenant.ask(
        "query($g: ID!) { customFields(where: {group: {eq: $g}}, orderBy: [POSITION_DESC]) "
        "{ totalCount nodes { key position group { name } } } }",
        g=sites,
    )
    assert found["customFields"]["totalCount"] == 3
    assert found["customFields"]["nodes"][0] == {
        "key": "alarm",
        "position": 2,
        "group": {"name": "Sites"},
    }


async def test_r019_the_key_is_made_from_the_label_and_outlives_it(tenant: Tenant) -> None:
    sites = await group(tenant)
    made = await field(tenant, sites, "Surface chauffée (m²)")

    renamed = await tenant.do("customFieldUpdate", FIELD, id=made["id"], label="Heated area")

    assert made["key"] == "surface_chauffee_m2"
    assert renamed["customField"]["key"] == "surface_chauffee_m2"
    assert renamed["customField"]["label"] == "Heated area"
    assert renamed["customField"]["version"] == 2


@pytest.mark.parametrize(
    ("label", "key"),
    [("Étage", "etage"), ("2e étage", "field_2e_etage"), ("日本", "field"), ("x" * 200, "x" * 55)],
)
async def test_r019_every_label_gives_a_key(tenant: Tenant, label: str, key: str) -> None:
    assert (await field(tenant, await group(tenant), label))["key"] == key


async def test_r019_keys_are_unique_within_the_group_only(tenant: Tenant) -> None:
    sites, suppliers = await group(tenant), await group(tenant, "Suppliers")
    await field(tenant, sites, "Code")

    assert (await field(tenant, sites, "code"))["key"] == "code_2"
    assert (await field(tenant, suppliers, "Code"))["key"] == "code"
    assert await tenant.refused(
        "customFieldCreate", groupId=sites, label="Other", type="TEXT", key="code"
    ) == [("KEY_TAKEN", "key")]
    assert await tenant.refused(
        "customFieldCreate", groupId=sites, label="Other", type="TEXT", key="Not a key"
    ) == [("INVALID_KEY", "key")]


async def test_r014_options_may_be_one_text_with_commas(tenant: Tenant) -> None:
    made = await field(
        tenant, await group(tenant), "Energy", "LIST", optionsText=r" Gaz ,, Fioul\, bois ,Autre,"
    )

    assert pairs(made["options"]) == [
        ("gaz", "Gaz"),
        ("fioul_bois", "Fioul, bois"),
        ("autre", "Autre"),
    ]


async def test_r014_an_option_keeps_its_key_when_it_is_renamed_moved_or_archived(
    tenant: Tenant,
) -> None:
    made = await field(tenant, await group(tenant), "Energy", "LIST", optionsText="Gaz,Fioul,Bois")

    renamed = await tenant.do(
        "customFieldUpdate",
        SHOWN,
        id=made["id"],
        options=[{"label": "Bois"}, {"key": "gaz", "label": "Gas"}, {"label": "Solaire"}],
    )
    assert pairs(renamed["customField"]["options"]) == [
        ("bois", "Bois"),
        ("gaz", "Gas"),
        ("solaire", "Solaire"),
    ]
    assert pairs(renamed["customField"]["archivedOptions"]) == [("fioul", "Fioul")]
    assert renamed["customField"]["version"] == 2

    back = await tenant.do(
        "customFieldUpdate", SHOWN, id=made["id"], optionsText="Gas,fioul,Bois,Solaire"
    )
    assert pairs(back["customField"]["options"])[1] == ("fioul", "fioul")
    assert back["customField"]["archivedOptions"] == []


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"type": "LIST", "optionsText": "Oui, non, oui"}, ("DUPLICATE_OPTION", "options")),
        ({"type": "LIST", "options": [{"label": "Oui"}, {"label": "OUI"}]},
         ("DUPLICATE_OPTION", "options")),
        ({"type": "LIST"}, ("OPTIONS_MISSING", "options")),
        ({"type": "LIST", "optionsText": " , ,"}, ("OPTIONS_MISSING", "options")),
        ({"type": "LIST", "options": [{"label": "  "}]}, ("LABEL_EMPTY", "options")),
        ({"type": "LIST", "options": [{"label": "Oui", "key": "oui"}]},
         ("UNKNOWN_OPTION", "options")),
        ({"type": "LIST", "optionsText": "A", "options": [{"label": "A"}]},
         ("OPTIONS_GIVEN_TWICE", "optionsText")),
        ({"type": "LIST", "optionsText": ",".join(map(str, range(1_001)))},
         ("TOO_MANY_OPTIONS", "options")),
        ({"type": "TEXT", "optionsText": "Oui"}, ("OPTIONS_NOT_ALLOWED", "options")),
        ({"type": "BOOLEAN", "options": []}, ("OPTIONS_NOT_ALLOWED", "options")),
        ({"type": "TEXT", "label": " "}, ("LABEL_EMPTY", "label")),
        ({"type": "TEXT", "label": "x" * 201}, ("TOO_LONG", "label")),
        ({"type": "TEXT", "label": "a\nb"}, ("INVALID_CHARACTERS", "label")),
        ({"type": "TEXT", "editableOnDevice": True},
         ("EDITABLE_NEEDS_VISIBLE", "editableOnDevice")),
    ],
)  # fmt: skip
async def test_r013_what_a_definition_may_carry_depends_on_its_type(
    tenant: Tenant, given: Any, refusal: tuple[str, str]
) -> None:
    sites = await group(tenant)

    assert await tenant.refused(
        "customFieldCreate", **{"groupId": sites, "label": "Energy", **given}
    ) == [refusal]
    assert await labels(tenant, sites) == []


async def test_r014_a_list_may_have_1000_options(tenant: Tenant) -> None:
    text = ",".join(f"No {number}" for number in range(1_000))

    made = await field(tenant, await group(tenant), "Sector", "LIST", optionsText=text)

    assert len(made["options"]) == 1_000
    assert pairs(made["options"])[999] == ("no_999", "No 999")


async def test_r015_editable_on_the_device_implies_visible_there(tenant: Tenant) -> None:
    made = await field(
        tenant, await group(tenant), "Code", visibleOnDevice=True, editableOnDevice=True
    )

    assert await tenant.refused("customFieldUpdate", id=made["id"], visibleOnDevice=False) == [
        ("EDITABLE_NEEDS_VISIBLE", "editableOnDevice")
    ]
    await tenant.do(
        "customFieldUpdate", id=made["id"], visibleOnDevice=False, editableOnDevice=False
    )


async def test_r016_fields_are_reordered_archived_and_restored(tenant: Tenant) -> None:
    sites = await group(tenant)
    ids = [(await field(tenant, sites, label))["id"] for label in ("A", "B", "C", "D")]

    await tenant.do("customFieldArchive", "customField { archivedAt }", id=ids[1], version=1)
    await tenant.do("customFieldReorder", groupId=sites, ids=[ids[3], ids[0], ids[2]])
    assert await labels(tenant, sites) == ["D", "A", "C"]

    await tenant.do("customFieldRestore", id=ids[1])
    assert await labels(tenant, sites) == ["D", "A", "C", "B"]


async def test_r016_an_order_names_every_field_once(tenant: Tenant) -> None:
    sites = await group(tenant)
    ids = [(await field(tenant, sites, label))["id"] for label in ("A", "B")]
    other = (await field(tenant, await group(tenant, "Others"), "C"))["id"]

    for wrong in (ids[:1], [*ids, ids[0]], [ids[0], other]):
        assert await tenant.refused("customFieldReorder", groupId=sites, ids=wrong) == [
            ("ORDER_INCOMPLETE", "ids")
        ]
    assert await labels(tenant, sites) == ["A", "B"]


async def test_r005_a_stale_version_changes_no_definition(tenant: Tenant) -> None:
    sites = await group(tenant)
    made = await field(tenant, sites, "Energy", "LIST", optionsText="Gaz,Fioul")
    await tenant.do("customFieldUpdate", id=made["id"], version=1, optionsText="Gaz")

    for name, more in (
        ("customFieldUpdate", {"label": "Fuel"}),
        ("customFieldArchive", {}),
        ("customFieldRestore", {}),
    ):
        assert await tenant.refused(name, id=made["id"], version=1, **more) == [
            ("STALE_VERSION", "version")
        ]
    assert await labels(tenant, sites) == ["Energy"]


async def test_definitions_of_another_tenant_are_not_there(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    sites = await group(tenant)
    made = await field(tenant, sites, "Code")

    for name in ("customFieldUpdate", "customFieldArchive", "customFieldRestore"):
        assert await other_tenant.refused(name, id=made["id"]) == [("NOT_FOUND", "id")]
    assert await other_tenant.refused(
        "customFieldCreate", groupId=sites, label="Code", type="TEXT"
    ) == [("NOT_FOUND", "groupId")]
    assert await other_tenant.refused("customFieldReorder", groupId=sites, ids=[made["id"]]) == [
        ("NOT_FOUND", "groupId")
    ]
    answer = await other_tenant.answer(f'{{ customField(id: "{made["id"]}") {{ label }} }}')
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert (await other_tenant.ask("{ customFields { totalCount } }")) == {
        "customFields": {"totalCount": 0}
    }


async def test_definitions_are_written_by_those_who_may_configure(tenant: Tenant) -> None:
    sites = await group(tenant)
    reader = tenant.without("contacts.configure")

    answer = await reader.answer(
        'mutation($g: ID!) { customFieldCreate(input: {groupId: $g, label: "A", type: TEXT}) '
        "{ customField { id } } }",
        g=sites,
    )

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await labels(reader, sites) == []


async def test_definitions_of_many_groups_cost_as_many_statements_as_those_of_one(
    tenant: Tenant,
) -> None:
    ask = "{ contactGroups(first: 10) { nodes { customFields { key options { label } } } } }"
    await field(tenant, await group(tenant, "G0"), "Energy", "LIST", optionsText="Gaz")
    await tenant.ask(ask)
    one = tenant.statements
    for number in range(1, 6):
        sites = await group(tenant, f"G{number}")
        for label in ("A", "B"):
            await field(tenant, sites, label, "LIST", optionsText="Gaz,Fioul")

    await tenant.ask(ask)

    assert tenant.statements == one <= 3
