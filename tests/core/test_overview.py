"""The Overview of a contact, zone by zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.kit.ids import global_id
from tests.cast import House, Tenant
from tests.core import fields
from tests.plugins.finance.cast import draft, invoice, line
from tests.plugins.missions.cast import mission, move
from tests.plugins.people.cast import person

ONE = "query($id: ID!) { contact(id: $id) { overview { %s } } }"
RECENT = """recentMissions(first: $first, days: $days) { hasMore nodes { id } }
  recentFinancialDocuments(first: $first, days: $days) { hasMore nodes { id } }
  recentNotes(first: $first, days: $days) { hasMore nodes { id } }
  recentOpportunities(first: $first, days: $days) { hasMore nodes { id } }"""
SECTIONS = ("recentMissions", "recentFinancialDocuments", "recentNotes", "recentOpportunities")


async def overview(tenant: Tenant, contact: str, selection: str) -> Any:
    return (await tenant.ask(ONE % selection, id=contact))["contact"]["overview"]


async def note(tenant: Tenant, contact: str, subject: str = "Call") -> str:
    found = (await tenant.ask("{ noteTypes { nodes { id } } }"))["noteTypes"]["nodes"]
    if not found:
        found = [(await tenant.do("noteTypeCreate", "noteType { id }", name="Call"))["noteType"]]
    made = await tenant.do(
        "noteCreate", "note { id }", contactId=contact, typeId=found[0]["id"], subject=subject
    )
    return str(made["note"]["id"])


async def opportunity(tenant: Tenant, contact: str) -> str:
    made = await tenant.do(
        "opportunityCreate", "opportunity { id }", contactId=contact, name="Boiler"
    )
    return str(made["opportunity"]["id"])


async def one_of_each(tenant: Tenant, contact: str) -> dict[str, str]:
    """Something in each of the four lists: its id, by the list."""
    made = (
        (await mission(tenant, contact))["id"],
        await draft(tenant, contact),
        await note(tenant, contact),
        await opportunity(tenant, contact),
    )
    return dict(zip(SECTIONS, made, strict=True))


async def test_r034_zone_1_is_the_name_the_address_and_how_to_reach_the_primary_person(
    tenant: Tenant,
) -> None:
    site = await tenant.contact(
        "Site", street="1 rue A", postcode="59000", town="Lille", country="FR",
        phone="03 20 63 42 42", email="a@b.example",
    )  # fmt: skip
    await person(tenant, site, "Martin", email="m@b.example", mobile="06 12 34 56 78")
    await person(tenant, site, "Durand")

    found = await overview(
        tenant, site,
        """name street postcode town country phone email
        primaryPerson { fullName email mobile mobileE164 }""",
    )  # fmt: skip

    assert found == {
        "name": "Site", "street": "1 rue A", "postcode": "59000", "town": "Lille",
        "country": "FR", "phone": "03 20 63 42 42", "email": "a@b.example",
        "primaryPerson": {
            "fullName": "Martin", "email": "m@b.example", "mobile": "06 12 34 56 78",
            "mobileE164": "+33612345678",
        },
    }  # fmt: skip


async def test_r034_zone_2_has_flags_and_suspensions_with_reasons_own_and_inherited(
    tenant: Tenant,
) -> None:
    head = await tenant.contact("Head")
    branch = await tenant.contact("Branch", parent=head)
    site = await tenant.contact("Site", parent=branch, reference="S-1")
    await tenant.do("contactFlagSet", contactId=head, text="Dog")
    await tenant.do("contactFlagSet", contactId=site, text="Cat")
    scope = {"self": False, "descendants": {"all": True}}
    await tenant.do("contactSuspend", contactId=head, reason="Unpaid", scope=scope)
    await tenant.do("contactSuspend", contactId=site, reason="Works")

    found = await overview(
        tenant, site,
        """reference group { name } parent { name }
        effectiveFlags { text distance contact { name } flag { id } }
        effectiveSuspensions { reason cause distance contact { name } suspension { id } }""",
    )  # fmt: skip
    flags, stops = found.pop("effectiveFlags"), found.pop("effectiveSuspensions")

    assert found == {
        "reference": "S-1", "group": {"name": "Customers"}, "parent": {"name": "Branch"},
    }  # fmt: skip
    assert [(f["text"], f["distance"], f["contact"]["name"]) for f in flags] == [
        ("Cat", 0, "Site"), ("Dog", 2, "Head"),
    ]  # fmt: skip
    assert [(s["reason"], s["cause"], s["distance"]) for s in stops] == [
        ("Works", "MANUAL", 0), ("Unpaid", "MANUAL", 2),
    ]  # fmt: skip
    assert all(f["flag"]["id"].startswith("flag_") for f in flags)
    assert all(s["suspension"]["id"].startswith("suspension_") for s in stops)


async def test_r034_zone_3_is_the_balance_the_status_the_limit_and_direct_debit(
    tenant: Tenant,
) -> None:
    site = await tenant.contact("Site")
    selection = "account { balance currency status creditLimit directDebit overdueAmount }"
    empty = await overview(tenant, site, selection)

    await tenant.do("termsSet", contactId=site, creditLimit="100", directDebit=True)
    await invoice(tenant, site, line("1", "100"))

    assert empty["account"]["balance"] == "0.00"
    assert await overview(tenant, site, selection) == {
        "account": {
            "balance": "120.00", "currency": "EUR", "status": "OVER_LIMIT",
            "creditLimit": "100.00", "directDebit": True, "overdueAmount": "0.00",
        }
    }  # fmt: skip


async def test_r034_zone_4_is_the_first_four_custom_fields_that_have_a_value_in_their_order(
    tenant: Tenant,
) -> None:
    group = await fields.group(tenant)
    for number in range(7):
        await fields.field(tenant, group, f"F{number}")
    site = await fields.contact(tenant, group)
    await fields.put(tenant, site, *({"key": f"f{n}", "text": f"V{n}"} for n in (6, 5, 3, 2, 0)))

    found = await overview(tenant, site, "customValues { key display }")

    assert [v["key"] for v in found["customValues"]] == ["f0", "f2", "f3", "f5"]


async def test_r034_visible_fields_are_those_that_have_something_to_show(
    house: House, tenant: Tenant
) -> None:
    head = await tenant.contact("Head")
    bare = await tenant.contact("Bare")
    group = await fields.group(tenant)
    await fields.field(tenant, group, "Energy")
    full = await tenant.contact("Full", parent=head, group=group, town="Lille", phone="1")
    await fields.put(tenant, full, {"key": "energy", "text": "Gaz"})
    await person(tenant, full, "Martin")
    await tenant.do("contactFlagSet", contactId=head, text="Dog")
    await tenant.do("contactSuspend", contactId=full, reason="Unpaid")
    await tenant.do("termsSet", contactId=full, creditLimit="0")

    async def visible(asks: Tenant, contact: str) -> set[str]:
        return set((await overview(asks, contact, "visibleFields"))["visibleFields"])

    always = {"name", "group"}
    assert await visible(tenant, bare) == always
    assert await visible(tenant, full) == always | {
        "parent", "town", "phone", "customValues", "primaryPerson", "effectiveFlags",
        "effectiveSuspensions", "account",
    }  # fmt: skip
    less = tenant.without("crm.flags", "people.read")
    assert {"effectiveFlags", "primaryPerson"}.isdisjoint(await visible(less, full))
    assert "town" in await visible(less, full)


async def test_r035_the_four_lists_hold_ten_of_31_days_unless_more_or_less_is_asked(
    tenant: Tenant,
) -> None:
    site = await tenant.contact("Site")
    old = datetime.now(UTC) - timedelta(days=40)
    made = await one_of_each(tenant, site)
    for table in ("missions_mission", "finance_document", "crm_note", "crm_opportunity"):
        await tenant.house.owner.execute(
            f"update {table} set updated_at = $1 where tenant_id = $2", old, tenant.id
        )
    query = "query($id: ID!, $first: Int! = 10, $days: Int! = 31) { contact(id: $id) { overview { "
    query += RECENT + " } } }"

    by_default = (await tenant.ask(query, id=site))["contact"]["overview"]
    longer = (await tenant.ask(query, id=site, days=41))["contact"]["overview"]
    fewer = (await tenant.ask(query, id=site, days=41, first=0))["contact"]["overview"]

    assert by_default == {key: {"hasMore": False, "nodes": []} for key in SECTIONS}
    assert {name: part["nodes"] for name, part in longer.items()} == {
        name: [{"id": key}] for name, key in made.items()
    }
    assert fewer == {key: {"hasMore": True, "nodes": []} for key in SECTIONS}
    schema = tenant.house.gateway(tenant.modules).schema.type_map["Overview"]
    for name in SECTIONS:
        defaults = {n: a.default_value for n, a in schema.fields[name].args.items()}
        assert defaults == {"first": 10, "days": 31}


async def test_r036_before_the_first_night_charts_have_no_date_and_nothing_to_draw(
    tenant: Tenant,
) -> None:
    site = await tenant.contact("Site")
    await one_of_each(tenant, site)

    found = await overview(
        tenant, site, "charts { asOf isStale days missions { keys } notes { keys } }"
    )

    assert found["charts"] == dict.fromkeys(("asOf", "isStale", "days", "missions", "notes"))


async def test_r037_the_overview_never_rolls_up_what_is_below_the_contact(tenant: Tenant) -> None:
    head = await tenant.contact("Head")
    site = await tenant.contact("Site", parent=head)
    made = await one_of_each(tenant, site)
    await invoice(tenant, site, line("1", "100"))
    await person(tenant, site, "Martin")

    lists = " ".join(f"{name} {{ nodes {{ id }} }}" for name in SECTIONS)
    above = await overview(tenant, head, f"{lists} account {{ balance }} primaryPerson {{ id }}")

    assert above == {
        **{key: {"nodes": []} for key in SECTIONS},
        "account": {"balance": "0.00"},
        "primaryPerson": None,
    }
    below = await overview(tenant, site, lists)
    assert {"id": made["recentMissions"]} in below["recentMissions"]["nodes"]


async def test_r037_a_roll_up_is_a_field_of_its_own(tenant: Tenant) -> None:
    head = await tenant.contact("Head")
    sites = [await tenant.contact(f"S{n}", parent=head) for n in range(2)]
    stranger = await tenant.contact("Stranger")
    for site in (*sites, stranger):
        work = await mission(
            tenant, site, amountExclTax="10.50", plannedStart="2031-01-01T08:00:00Z"
        )
        await mission(tenant, site)
        await move(tenant, work["id"], "STARTED", "COMPLETED_OK")
        await invoice(tenant, site, line("1", "100"))

    found = await overview(
        tenant, head,
        "rollup { contactCount missionCount openMissions missionAmountExclTax balance }",
    )  # fmt: skip
    one = await overview(tenant, sites[0], "rollup { contactCount openMissions balance }")

    assert found["rollup"] == {
        "contactCount": 3, "missionCount": 4, "openMissions": 2,
        "missionAmountExclTax": "21.00", "balance": "240.00",
    }  # fmt: skip
    assert one["rollup"] == {"contactCount": 1, "openMissions": 1, "balance": "120.00"}
    assert tenant.statements == 1


async def test_r038_every_item_of_the_overview_opens_by_its_id(tenant: Tenant) -> None:
    site = await tenant.contact("Site")
    made = await one_of_each(tenant, site)

    lists = " ".join(f"{name} {{ nodes {{ id __typename }} }}" for name in SECTIONS)
    found = await overview(tenant, site, f"contact {{ id }} group {{ id }} {lists}")

    assert found["contact"]["id"] == site
    for name, key in made.items():
        (item,) = found[name]["nodes"]
        opened = await tenant.ask(
            "query($id: ID!) { node(id: $id) { id __typename } }", id=item["id"]
        )
        assert opened["node"] == item == {"id": key, "__typename": item["__typename"]}


async def test_r033_an_overview_is_of_a_saved_contact(tenant: Tenant) -> None:
    answer = await tenant.answer(ONE % "name", id=global_id("contact", tenant.id))

    assert answer["data"] == {"contact": None}
    assert [e["extensions"]["code"] for e in answer["errors"]] == ["NOT_FOUND"]


@pytest.mark.parametrize("section", ["account { balance }", "recentMissions { hasMore }"])
async def test_r033_a_section_that_the_caller_may_not_see_is_null_and_the_rest_is_served(
    tenant: Tenant, section: str
) -> None:
    site = await tenant.contact("Site")
    name = section.split()[0]

    answer = await tenant.without("finance.read", "missions.read").answer(
        ONE % f"name {section} recentNotes {{ hasMore }}", id=site
    )

    assert answer["data"]["contact"]["overview"] == {
        "name": "Site", name: None, "recentNotes": {"hasMore": False},
    }  # fmt: skip
    (error,) = answer["errors"]
    assert error["path"] == ["contact", "overview", name]
    assert error["extensions"]["code"] == "FORBIDDEN"
