"""Notes that are about something of another module: shown on the contact with their source."""

from __future__ import annotations

import pytest

from core.kit.ids import global_id
from tests.cast import House, Tenant
from tests.plugins.finance.cast import draft
from tests.plugins.missions.cast import mission
from tests.plugins.people.cast import person

NOTES = """query($id: ID!, $where: NoteFilter) { contact(id: $id) { notes(where: $where) {
  nodes { subject aboutId about { id __typename } } } } }"""
NOTE = "note { id aboutId about { id __typename } }"


@pytest.fixture
async def call(tenant: Tenant) -> str:
    payload = await tenant.do("noteTypeCreate", "noteType { id }", name="Appel")
    return str(payload["noteType"]["id"])


async def test_r027_notes_from_all_parts_of_the_system_appear_on_the_contact_with_their_source(
    tenant: Tenant, call: str
) -> None:
    site = await tenant.contact("Site")
    sale = await tenant.do("opportunityCreate", "opportunity { id }", contactId=site, name="Boiler")
    things = {
        "Mission": (await mission(tenant, site))["id"],
        "Person": (await person(tenant, site, "Martin"))["id"],
        "FinancialDocument": await draft(tenant, site),
        "Opportunity": sale["opportunity"]["id"],
    }

    for kind, thing in things.items():
        await tenant.do("noteCreate", contactId=site, typeId=call, subject=kind, aboutId=thing)
    await tenant.do("noteCreate", contactId=site, typeId=call, subject="Plain")

    found = (await tenant.ask(NOTES, id=site))["contact"]["notes"]["nodes"]
    assert {n["subject"]: n["about"] for n in found} == {
        **{kind: {"id": thing, "__typename": kind} for kind, thing in things.items()},
        "Plain": None,
    }
    only = await tenant.ask(NOTES, id=site, where={"about": {"eq": things["Mission"]}})
    assert [n["subject"] for n in only["contact"]["notes"]["nodes"]] == ["Mission"]
    some = await tenant.ask(
        NOTES, id=site, where={"about": {"in": [things["Person"], things["Opportunity"]]}}
    )
    assert [n["subject"] for n in some["contact"]["notes"]["nodes"]] == ["Opportunity", "Person"]
    plain = await tenant.ask(NOTES, id=site, where={"about": {"isSet": False}})
    assert [n["subject"] for n in plain["contact"]["notes"]["nodes"]] == ["Plain"]


async def test_r027_what_a_note_is_about_is_the_contacts_or_of_one_above_or_below_it(
    tenant: Tenant, other_tenant: Tenant, call: str
) -> None:
    head = await tenant.contact("Head")
    site = await tenant.contact("Site", parent=head)
    sibling = await tenant.contact("Sibling", parent=head)
    chief = (await person(tenant, head, "Chief"))["id"]
    neighbour = (await person(tenant, sibling, "Neighbour"))["id"]
    nobodys = (await person(tenant, None, "Nobody"))["id"]
    theirs = (await person(other_tenant, await other_tenant.contact(), "Their"))["id"]
    user = global_id("user", tenant.user_id)

    async def refused(thing: str) -> list[tuple[str, str | None]]:
        return await tenant.refused(
            "noteCreate", contactId=site, typeId=call, subject="x", aboutId=thing
        )

    assert await refused(neighbour) == [("OTHER_CONTACT", "aboutId")]
    assert await refused(nobodys) == [("OTHER_CONTACT", "aboutId")]
    assert await refused(theirs) == [("NOT_FOUND", "aboutId")]
    assert await refused("nonsense") == [("INVALID_ID", "aboutId")]
    assert await refused(user) == [("NOT_OF_A_CONTACT", "aboutId")]
    assert (await tenant.ask(NOTES, id=site))["contact"]["notes"]["nodes"] == []
    made = await tenant.do(
        "noteCreate", NOTE, contactId=site, typeId=call, subject="x", aboutId=chief
    )
    assert made["note"]["about"] == {"id": chief, "__typename": "Person"}
    about = {"id": head, "__typename": "Contact"}
    other = await tenant.do("noteUpdate", NOTE, id=made["note"]["id"], aboutId=head)
    assert other["note"]["about"] == about
    gone = await tenant.do("noteUpdate", NOTE, id=made["note"]["id"], aboutId=None)
    assert gone["note"]["about"] is None


async def test_r027_a_note_stays_when_what_it_is_about_is_gone_or_its_module_is_off(
    house: House, tenant: Tenant, call: str
) -> None:
    site = await tenant.contact("Site")
    who = (await person(tenant, site, "Martin"))["id"]
    work = (await mission(tenant, site))["id"]
    for subject, thing in (("who", who), ("work", work)):
        await tenant.do("noteCreate", contactId=site, typeId=call, subject=subject, aboutId=thing)

    await tenant.do("personDelete", id=who)
    small = Tenant(
        house, tenant.id, tenant.user_id, tenant.slug, tenant.modules - {"missions"},
        tenant.permissions - {"missions.read"},
    )  # fmt: skip

    found = (await small.ask(NOTES, id=site))["contact"]["notes"]["nodes"]
    assert found == [
        {"subject": "work", "aboutId": work, "about": None},
        {"subject": "who", "aboutId": who, "about": None},
    ]


async def test_r027_without_the_permission_for_it_a_notes_source_is_not_opened(
    tenant: Tenant, call: str
) -> None:
    site = await tenant.contact("Site")
    work = (await mission(tenant, site))["id"]
    await tenant.do("noteCreate", contactId=site, typeId=call, subject="x", aboutId=work)
    reader = tenant.without("missions.read")

    answer = await reader.answer(NOTES, id=site)
    refused = await reader.answer(
        """mutation($input: NoteCreateInput!) { noteCreate(input: $input) { note { id } } }""",
        input={"contactId": site, "typeId": call, "subject": "y", "aboutId": work},
    )

    assert answer["data"]["contact"]["notes"]["nodes"] == [
        {"subject": "x", "aboutId": work, "about": None}
    ]
    assert [e["extensions"]["code"] for e in answer["errors"]] == ["FORBIDDEN"]
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert len((await tenant.ask(NOTES, id=site))["contact"]["notes"]["nodes"]) == 1


async def test_r027_the_sources_of_many_notes_are_found_by_one_statement_for_each_type(
    tenant: Tenant, call: str
) -> None:
    site = await tenant.contact("Site")

    async def add() -> None:
        for thing in (await mission(tenant, site), await person(tenant, site, "Martin")):
            await tenant.do(
                "noteCreate", contactId=site, typeId=call, subject="x", aboutId=thing["id"]
            )

    await add()
    await tenant.ask(NOTES, id=site)
    few = tenant.statements
    for _ in range(4):
        await add()
    await tenant.ask(NOTES, id=site)

    assert (few, tenant.statements) == (3, 3)  # notes; missions; persons
