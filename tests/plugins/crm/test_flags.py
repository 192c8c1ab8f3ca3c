"""Flags: set on one contact, seen on all below it, by those who may."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from plugins.crm.models import Flag
from tests.cast import Tenant

FLAGS = """query($id: ID!) { contact(id: $id) {
  flag { text setBy version } effectiveFlags { text distance setBy contact { name } } } }"""
PAGE = """{ contacts { nodes { name effectiveFlags { text distance contact { name } } } } }"""


async def flag(tenant: Tenant, contact: str, text: str) -> dict[str, Any]:
    payload = await tenant.do(
        "contactFlagSet", "flag { id text version setBy }", contactId=contact, text=text
    )
    return dict(payload["flag"])


async def shown(tenant: Tenant, contact: str) -> list[tuple[str, int, str]]:
    found = (await tenant.ask(FLAGS, id=contact))["contact"]["effectiveFlags"]
    return [(f["text"], f["distance"], f["contact"]["name"]) for f in found]


async def stored(tenant: Tenant) -> list[str]:
    async with tenant.session() as session:
        return sorted(await session.scalars(select(Flag.text)))


async def test_r024_a_flag_shows_on_descendants_with_its_origin_and_distance(
    tenant: Tenant,
) -> None:
    head = await tenant.contact("Head office")
    site = await tenant.contact("Site", parent=head)
    boiler = await tenant.contact("Boiler room", parent=site)

    await flag(tenant, head, "Call the guard first")

    assert await shown(tenant, head) == [("Call the guard first", 0, "Head office")]
    assert await shown(tenant, site) == [("Call the guard first", 1, "Head office")]
    assert await shown(tenant, boiler) == [("Call the guard first", 2, "Head office")]
    below = (await tenant.ask(FLAGS, id=site))["contact"]
    assert below["flag"] is None
    assert await stored(tenant) == ["Call the guard first"]


async def test_r024_all_flagged_ancestors_are_listed_the_nearest_first(tenant: Tenant) -> None:
    head = await tenant.contact("Head office")
    site = await tenant.contact("Site", parent=head)
    boiler = await tenant.contact("Boiler room", parent=site)

    await flag(tenant, head, "Top")
    await flag(tenant, boiler, "Own")
    await flag(tenant, site, "Middle")

    assert await shown(tenant, boiler) == [
        ("Own", 0, "Boiler room"),
        ("Middle", 1, "Site"),
        ("Top", 2, "Head office"),
    ]
    assert await shown(tenant, head) == [("Top", 0, "Head office")]


async def test_r024_clearing_a_flag_clears_it_everywhere_and_leaves_the_others(
    tenant: Tenant,
) -> None:
    head = await tenant.contact("Head office")
    site = await tenant.contact("Site", parent=head)
    await flag(tenant, head, "Top")
    await flag(tenant, site, "Own")

    await tenant.do("contactFlagClear", "contact { name }", contactId=head)

    assert await shown(tenant, head) == []
    assert await shown(tenant, site) == [("Own", 0, "Site")]
    assert await tenant.refused("contactFlagClear", contactId=head) == [
        ("NOT_FLAGGED", "contactId")
    ]


async def test_r024_a_moved_contact_shows_the_flags_of_its_new_ancestors(tenant: Tenant) -> None:
    one, two = await tenant.contact("One"), await tenant.contact("Two")
    site = await tenant.contact("Site", parent=one)
    await flag(tenant, one, "From one")
    await flag(tenant, two, "From two")

    await tenant.do("contactMove", id=site, parentId=two)

    assert await shown(tenant, site) == [("From two", 1, "Two")]


async def test_r024_setting_a_flag_again_changes_its_text_and_who_set_it(tenant: Tenant) -> None:
    contact = await tenant.contact()

    first = await flag(tenant, contact, "  Ring twice ")
    second = await flag(tenant, contact, "Ring three times")

    assert (first["text"], first["version"], first["setBy"]) == ("Ring twice", 1, "Camille")
    assert (second["id"], second["version"]) == (first["id"], 2)
    assert await tenant.refused("contactFlagSet", contactId=contact, text="Late", version=1) == [
        ("STALE_VERSION", "version")
    ]
    assert await stored(tenant) == ["Ring three times"]


async def test_r024_a_flag_must_say_something_in_500_characters(tenant: Tenant) -> None:
    contact = await tenant.contact()

    assert await tenant.refused("contactFlagSet", contactId=contact, text="  ") == [
        ("TEXT_REQUIRED", "text")
    ]
    assert await tenant.refused("contactFlagSet", contactId=contact, text="x" * 501) == [
        ("TOO_LONG", "text")
    ]
    assert await tenant.refused("contactFlagSet", contactId=contact, text="a\x07b") == [
        ("INVALID_CHARACTERS", "text")
    ]
    assert await stored(tenant) == []


async def test_r024_without_the_permission_a_flag_can_be_reached_by_no_field(
    tenant: Tenant,
) -> None:
    contact = await tenant.contact()
    await flag(tenant, contact, "Secret of the back office")
    stranger = tenant.without("crm.flags")

    for query in (
        FLAGS,
        "query($id: ID!) { contact(id: $id) { overview { effectiveFlags { text } } } }",
    ):
        answer = await stranger.answer(query, id=contact)
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
        assert "Secret" not in str(answer)

    answer = await stranger.answer(
        "mutation($i: ContactFlagSetInput!) { contactFlagSet(input: $i) { flag { text } } }",
        i={"contactId": contact, "text": "Mine"},
    )
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await stored(tenant) == ["Secret of the back office"]


async def test_another_tenants_contact_is_not_there_to_be_flagged(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    contact = await tenant.contact()
    await flag(tenant, contact, "Mine")

    assert await other_tenant.refused("contactFlagSet", contactId=contact, text="Theirs") == [
        ("NOT_FOUND", "contactId")
    ]
    assert await other_tenant.refused("contactFlagClear", contactId=contact) == [
        ("NOT_FOUND", "contactId")
    ]
    assert await stored(tenant) == ["Mine"]


async def test_r010_flags_of_a_page_cost_the_same_for_one_contact_and_for_many(
    tenant: Tenant,
) -> None:
    head = await tenant.contact("Head office")
    await flag(tenant, head, "Top")
    await tenant.ask(PAGE)
    alone = tenant.statements

    for number in range(12):
        await flag(tenant, await tenant.contact(f"Site {number}", parent=head), "Own")
    found = (await tenant.ask(PAGE))["contacts"]["nodes"]

    assert tenant.statements == alone
    assert [len(contact["effectiveFlags"]) for contact in found] == [1] + [2] * 12


async def test_r006_the_contacts_history_shows_that_it_was_flagged(tenant: Tenant) -> None:
    contact = await tenant.contact()
    await flag(tenant, contact, "Ring twice")

    history = "query($id: ID!) { contact(id: $id) { history { nodes { rowKind changes } } } }"
    entries = (await tenant.ask(history, id=contact))["contact"]["history"]["nodes"]

    (flagged,) = [e["changes"] for e in entries if e["rowKind"] == "flag"]
    assert flagged["text"] == {"before": None, "after": "Ring twice"}
