"""Values of custom fields: typed, written together or not at all, never lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Tenant
from tests.core.fields import VALUES, contact, displayed, field, group, put, site_with_fields, wrong


async def test_r020_values_are_of_the_type_of_their_field(tenant: Tenant) -> None:
    site, _ = await site_with_fields(tenant)

    version = await put(
        tenant,
        site,
        {"key": "listed", "boolean": False},
        {"key": "floor_area", "decimal": "1250.50"},
        {"key": "built", "date": "1968-05-03"},
        {"key": "energy", "option": "fioul"},
        {"key": "access_code", "text": " 12A 34 "},
        version=1,
    )

    assert version == 2
    found = (await tenant.ask(VALUES, id=site))["contact"]["customValues"]
    nothing = {"text": None, "decimal": None, "date": None, "boolean": None, "option": None}
    assert found == [
        {**nothing, "key": "access_code", "label": "Access code", "type": "TEXT",
         "text": "12A 34", "display": "12A 34"},
        {**nothing, "key": "energy", "label": "Energy", "type": "LIST",
         "option": {"key": "fioul", "label": "Fioul"}, "display": "Fioul"},
        {**nothing, "key": "built", "label": "Built", "type": "DATE",
         "date": "1968-05-03", "display": "1968-05-03"},
        {**nothing, "key": "floor_area", "label": "Floor area", "type": "DECIMAL",
         "decimal": "1250.50", "display": "1250.50"},
        {**nothing, "key": "listed", "label": "Listed", "type": "BOOLEAN",
         "boolean": False, "display": "false"},
    ]  # fmt: skip


async def test_values_that_are_not_named_stay_and_those_cleared_go(tenant: Tenant) -> None:
    site, _ = await site_with_fields(tenant)
    await put(
        tenant,
        site,
        {"key": "access_code", "text": "12A"},
        {"key": "energy", "option": "Bois"},
        {"key": "floor_area", "decimal": "-0.5"},
    )

    await put(
        tenant, site, {"key": "energy", "clear": True}, {"key": "floor_area", "decimal": "12"}
    )
    assert await displayed(tenant, site) == {"access_code": "12A", "floor_area": "12"}

    await put(tenant, site, {"key": "access_code", "text": "  "})
    assert await displayed(tenant, site) == {"floor_area": "12"}


async def test_all_that_is_wrong_is_refused_together_and_nothing_is_written(
    tenant: Tenant,
) -> None:
    site, sites = await site_with_fields(tenant)
    await field(tenant, sites, "Caretaker", mandatory=True)

    assert await wrong(
        tenant,
        site,
        {"key": "listed", "boolean": True},
        {"key": "energy", "option": "Charbon"},
        {"key": "floor_area", "text": "large"},
        {"key": "built"},
        {"key": "access_code", "text": "12A", "clear": True},
        {"key": "colour", "text": "red"},
        {"key": "listed", "boolean": False},
    ) == [
        ("UNKNOWN_OPTION", "values.energy"),
        ("WRONG_TYPE", "values.floor_area"),
        ("WRONG_TYPE", "values.built"),
        ("WRONG_TYPE", "values.access_code"),
        ("UNKNOWN_KEY", "values.colour"),
        ("DUPLICATE_KEY", "values.listed"),
        ("MANDATORY_MISSING", "values.caretaker"),
    ]
    assert await displayed(tenant, site) == {}
    assert (await tenant.ask(VALUES, id=site))["contact"]["version"] == 1


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"key": "access_code", "text": "x" * 1_001}, "TOO_LONG"),
        ({"key": "access_code", "text": "two\nlines"}, "INVALID_CHARACTERS"),
        ({"key": "access_code", "text": "a\x07b"}, "INVALID_CHARACTERS"),
        ({"key": "floor_area", "decimal": "1." + "1" * 40}, "TOO_MANY_DIGITS"),
        ({"key": "energy", "text": "Gaz"}, "WRONG_TYPE"),
        ({"key": "listed", "boolean": True, "text": "yes"}, "WRONG_TYPE"),
        ({"key": "UNKNOWN\x07" * 50, "text": "x"}, "UNKNOWN_KEY"),
    ],
)
async def test_a_value_that_cannot_be_kept_says_why(
    tenant: Tenant, value: dict[str, Any], code: str
) -> None:
    site, _ = await site_with_fields(tenant)

    assert [found for found, _ in await wrong(tenant, site, value)] == [code]


async def test_a_text_of_1_000_characters_is_kept(tenant: Tenant) -> None:
    site, _ = await site_with_fields(tenant)

    await put(tenant, site, {"key": "access_code", "text": "é" * 1_000})

    assert await displayed(tenant, site) == {"access_code": "é" * 1_000}


async def test_r014_renaming_or_archiving_an_option_loses_no_value(tenant: Tenant) -> None:
    site, sites = await site_with_fields(tenant)
    await put(tenant, site, {"key": "energy", "option": "gaz"})
    (energy,) = (
        await tenant.ask(
            'query($g: ID!) { customFields(where: {group: {eq: $g}, key: {eq: "energy"}}) '
            "{ nodes { id } } }",
            g=sites,
        )
    )["customFields"]["nodes"]

    await tenant.do(
        "customFieldUpdate", id=energy["id"], options=[{"key": "gaz", "label": "Gaz de ville"},
                                                       {"label": "Fioul"}],
    )  # fmt: skip
    assert await displayed(tenant, site) == {"energy": "Gaz de ville"}

    await tenant.do("customFieldUpdate", id=energy["id"], optionsText="Fioul,Bois")
    assert await displayed(tenant, site) == {"energy": "Gaz de ville"}
    await put(tenant, site, {"key": "energy", "option": "gaz"}, {"key": "listed", "boolean": True})

    await put(tenant, site, {"key": "energy", "option": "fioul"})
    assert await wrong(tenant, site, {"key": "energy", "option": "gaz"}) == [
        ("UNKNOWN_OPTION", "values.energy")
    ]


async def test_r016_a_new_mandatory_field_is_asked_for_at_the_next_write_of_custom_values(
    tenant: Tenant,
) -> None:
    site, sites = await site_with_fields(tenant)
    await put(tenant, site, {"key": "access_code", "text": "12A"})
    await field(tenant, sites, "Caretaker", mandatory=True)

    assert await displayed(tenant, site) == {"access_code": "12A"}
    await tenant.do("contactUpdate", id=site, town="Lyon")
    assert await wrong(tenant, site, {"key": "access_code", "text": "12B"}) == [
        ("MANDATORY_MISSING", "values.caretaker")
    ]
    await put(tenant, site, {"key": "caretaker", "text": "Mme Roux"})
    assert await wrong(tenant, site, {"key": "caretaker", "text": ""}) == [
        ("MANDATORY_MISSING", "values.caretaker")
    ]
    assert await displayed(tenant, site) == {"access_code": "12A", "caretaker": "Mme Roux"}


async def test_r016_archiving_a_field_keeps_its_values(tenant: Tenant) -> None:
    sites = await group(tenant)
    code = await field(tenant, sites, "Code", mandatory=True)
    await field(tenant, sites, "Alarm")
    site = await contact(tenant, sites)
    await put(tenant, site, {"key": "code", "text": "12A"})

    await tenant.do("customFieldArchive", id=code["id"])
    assert await displayed(tenant, site) == {}
    assert await wrong(tenant, site, {"key": "code", "text": "12B"}) == [
        ("UNKNOWN_KEY", "values.code")
    ]
    await put(tenant, site, {"key": "alarm", "text": "none"})

    await tenant.do("customFieldRestore", id=code["id"])
    assert await displayed(tenant, site) == {"code": "12A", "alarm": "none"}


async def test_r018_values_hidden_by_a_move_to_another_group_survive_the_move_back(
    tenant: Tenant,
) -> None:
    site, sites = await site_with_fields(tenant)
    await put(tenant, site, {"key": "access_code", "text": "12A"})
    other = await group(tenant, "Others")
    await field(tenant, other, "Access code")

    await tenant.do("contactUpdate", id=site, groupId=other)
    assert await displayed(tenant, site) == {"access_code": "12A"}
    await put(tenant, site, {"key": "access_code", "text": "99"})

    await tenant.do("contactUpdate", id=site, groupId=sites)
    assert await displayed(tenant, site) == {"access_code": "12A"}
