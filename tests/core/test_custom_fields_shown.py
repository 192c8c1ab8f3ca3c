"""Custom values together with others: history, versions, other tenants, Overview, cost."""

from __future__ import annotations

import asyncio

from tests.cast import Tenant
from tests.core.fields import contact, displayed, field, group, put, site_with_fields, wrong


async def test_r006_the_history_of_the_contact_says_what_a_value_was_and_is(
    tenant: Tenant,
) -> None:
    site, _ = await site_with_fields(tenant)
    await put(tenant, site, {"key": "energy", "option": "gaz"})
    await put(
        tenant, site, {"key": "energy", "option": "bois"}, {"key": "floor_area", "decimal": "9.50"}
    )
    version = await put(tenant, site, {"key": "energy", "option": "bois"})

    rows = await tenant.house.owner.fetch(
        "select action, user_id, root_id, changes::text from core_audit_entry "
        "where tenant_id = $1 and row_type = 'core_contact' order by id offset 1",
        tenant.id,
    )
    assert [row["changes"] for row in rows] == [
        '{"custom_values.energy": [null, "gaz"]}',
        '{"custom_values.energy": ["gaz", "bois"], "custom_values.floor_area": [null, "9.50"]}',
    ]
    assert {(r["action"], r["user_id"], r["root_id"].hex) for r in rows} == {
        ("CHANGED", tenant.user_id, site.removeprefix("contact_"))
    }
    assert version == 3  # the last write changed nothing


async def test_r005_a_stale_version_writes_no_value(tenant: Tenant) -> None:
    site, _ = await site_with_fields(tenant)
    await put(tenant, site, {"key": "access_code", "text": "12A"}, version=1)

    assert await tenant.refused(
        "contactSetCustomValues",
        id=site,
        version=1,
        values=[{"key": "access_code", "text": "12B"}],
    ) == [("STALE_VERSION", "version")]
    assert await displayed(tenant, site) == {"access_code": "12A"}


async def test_values_written_at_the_same_time_are_all_there(tenant: Tenant) -> None:
    site, _ = await site_with_fields(tenant)
    values = [
        {"key": "access_code", "text": "12A"},
        {"key": "energy", "option": "gaz"},
        {"key": "built", "date": "2001-01-01"},
        {"key": "access_code", "text": "12A"},
    ]

    await asyncio.gather(*(put(tenant, site, value) for value in values))

    assert await displayed(tenant, site) == {
        "access_code": "12A",
        "energy": "Gaz",
        "built": "2001-01-01",
    }


async def test_custom_values_of_another_tenant_are_not_there(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    site, _ = await site_with_fields(tenant)

    assert await wrong(other_tenant, site, {"key": "access_code", "text": "x"}) == [
        ("NOT_FOUND", "id")
    ]
    assert await displayed(tenant, site) == {}


async def test_custom_values_need_the_permission_to_write_contacts(tenant: Tenant) -> None:
    site, _ = await site_with_fields(tenant)

    answer = await tenant.without("contacts.write").answer(
        "mutation($id: ID!) { contactSetCustomValues(input: {id: $id, values: "
        '[{key: "access_code", text: "x"}]}) { contact { id } } }',
        id=site,
    )

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await displayed(tenant, site) == {}


async def test_r034_the_overview_shows_the_first_four_that_have_a_value(tenant: Tenant) -> None:
    sites = await group(tenant)
    ids = [(await field(tenant, sites, name))["id"] for name in "ABCDEF"]
    site = await contact(tenant, sites)
    await put(tenant, site, *({"key": key, "text": key.upper()} for key in "acdef"))
    ask = "query($id: ID!) { contact(id: $id) { overview { customValues { key display } } } }"

    found = (await tenant.ask(ask, id=site))["contact"]["overview"]["customValues"]
    assert [value["key"] for value in found] == ["a", "c", "d", "e"]

    await tenant.do("customFieldReorder", groupId=sites, ids=ids[::-1])
    found = (await tenant.ask(ask, id=site))["contact"]["overview"]["customValues"]
    assert [value["key"] for value in found] == ["f", "e", "d", "c"]


async def test_r010_thirty_values_of_fifty_contacts_are_one_statement(tenant: Tenant) -> None:
    sites = await group(tenant)
    await field(tenant, sites, "F00", "LIST", optionsText="Gaz,Fioul")
    for number in range(1, 30):
        await field(tenant, sites, f"F{number:02}")
    values = [{"key": "f00", "option": "gaz"}]
    values += [{"key": f"f{number:02}", "text": str(number)} for number in range(1, 30)]
    ask = "{ contacts(first: 50) { nodes { name customValues { key type text display } } } }"
    await put(tenant, await contact(tenant, sites, "C00"), *values)
    await tenant.ask(ask)
    one = tenant.statements
    for number in range(1, 50):
        await put(tenant, await contact(tenant, sites, f"C{number:02}"), *values)

    found = (await tenant.ask(ask))["contacts"]["nodes"]

    assert tenant.statements == one <= 2
    assert [len(node["customValues"]) for node in found] == [30] * 50
    assert found[49]["customValues"][0] == {
        "key": "f00", "type": "LIST", "text": None, "display": "Gaz",
    }  # fmt: skip


async def test_a_page_of_contacts_may_ask_for_all_that_custom_values_say(tenant: Tenant) -> None:
    """What is chosen of lists costs what it mostly is: less than one answer for each value."""
    site, _ = await site_with_fields(tenant)
    await put(tenant, site, {"key": "energy", "option": "gaz"})

    found = await tenant.ask(
        """{ contacts(first: 50) { nodes { id name town customValues {
               key label type display option { key label } options { key label } } } } }"""
    )

    chosen = {"key": "gaz", "label": "Gaz"}
    (value,) = found["contacts"]["nodes"][0]["customValues"]
    assert (value["display"], value["option"], value["options"]) == ("Gaz", chosen, [chosen])
