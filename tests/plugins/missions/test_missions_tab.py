"""The Missions tab: everything together, filtered and counted, along the tree too."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select, text

from core.kit.ids import key_in
from plugins.missions.models import ContactActivity
from tests.cast import Tenant
from tests.plugins.missions.cast import LATER, TOMORROW, mission, mission_type, move

TAB = """query($id: ID!, $where: MissionFilter, $scope: Scope, $orderBy: [MissionOrderBy!]) {
  contact(id: $id) { missions(where: $where, scope: $scope, orderBy: $orderBy) {
    totalCount nodes { reference } facets { facet value count } } } }"""


async def tab(tenant: Tenant, contact: str, **variables: Any) -> tuple[list[str], dict[str, int]]:
    """The references in the Missions tab, and how many there are per status."""
    page = (await tenant.ask(TAB, id=contact, **variables))["contact"]["missions"]
    assert page["totalCount"] == len(page["nodes"])
    assert {f["facet"] for f in page["facets"]} <= {"status"}
    counts = {f["value"]: f["count"] for f in page["facets"]}
    return [n["reference"] for n in page["nodes"]], counts


async def three(tenant: Tenant, contact: str) -> None:
    """One done in 2020, one planned for 2031, one not yet scheduled."""
    done = await mission(tenant, contact, reference="DONE", plannedStart="2020-05-01T08:00:00Z")
    await move(tenant, done["id"], "STARTED", "COMPLETED_OK")
    await mission(tenant, contact, reference="PLANNED", plannedStart=TOMORROW)
    await mission(tenant, contact, reference="OPEN")


async def test_r061_planned_done_and_unscheduled_stand_together(tenant: Tenant) -> None:
    contact = await tenant.contact()
    await three(tenant, contact)

    assert await tab(tenant, contact) == (
        ["OPEN", "PLANNED", "DONE"],
        {"COMPLETED_OK": 1, "NEW": 1, "SCHEDULED": 1},
    )


async def test_r061_a_date_filter_never_drops_the_unscheduled(tenant: Tenant) -> None:
    contact = await tenant.contact()
    await three(tenant, contact)
    where = {"plannedStart": {"gte": "2031-01-01T00:00:00Z", "lte": LATER}}

    assert await tab(tenant, contact, where=where) == (
        ["OPEN", "PLANNED"],
        {"NEW": 1, "SCHEDULED": 1},
    )


async def test_r061_filter_by_several_statuses_counts_them_all(tenant: Tenant) -> None:
    contact = await tenant.contact()
    await three(tenant, contact)

    found = await tab(tenant, contact, where={"status": {"in": ["NEW", "COMPLETED_OK"]}})

    assert found == (["OPEN", "DONE"], {"COMPLETED_OK": 1, "NEW": 1, "SCHEDULED": 1})


async def test_r061_a_reference_is_found_by_a_part_of_it(tenant: Tenant) -> None:
    contact = await tenant.contact()
    await three(tenant, contact)

    assert await tab(tenant, contact, where={"reference": {"contains": "pLaN"}}) == (
        ["PLANNED"],
        {"SCHEDULED": 1},
    )


async def test_r061_missions_of_a_type_are_found(tenant: Tenant) -> None:
    contact = await tenant.contact()
    await three(tenant, contact)
    delivery = await mission_type(tenant, "Delivery")
    await mission(tenant, contact, reference="BOXES", typeId=delivery)

    assert await tab(tenant, contact, where={"type": {"eq": delivery}}) == (["BOXES"], {"NEW": 1})


async def test_r061_missions_are_ordered_as_asked(tenant: Tenant) -> None:
    contact = await tenant.contact()
    await three(tenant, contact)

    by_plan, _ = await tab(tenant, contact, orderBy=["PLANNED_START_ASC"])
    by_reference, _ = await tab(tenant, contact, orderBy=["REFERENCE_DESC"])

    assert by_plan == ["DONE", "PLANNED", "OPEN"]
    assert by_reference == ["PLANNED", "OPEN", "DONE"]


async def test_r061_a_scope_brings_those_of_sub_contacts(tenant: Tenant) -> None:
    head = await tenant.contact("Head office")
    site = await tenant.contact("Site", parent=head)
    boiler = await tenant.contact("Boiler room", parent=site)
    for contact, reference in ((head, "HEAD"), (site, "SITE"), (boiler, "BOILER")):
        await mission(tenant, contact, reference=reference)

    own, _ = await tab(tenant, head)
    below, counts = await tab(tenant, head, scope={"descendants": {"all": True}})
    children, _ = await tab(tenant, head, scope={"self": False, "descendants": {"at": [1]}})

    assert own == ["HEAD"]
    assert (below, counts) == (["BOILER", "SITE", "HEAD"], {"NEW": 3})
    assert children == ["SITE"]


async def test_r061_all_missions_of_the_tenant_are_a_list_of_their_own(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    await mission(tenant, await tenant.contact("A"), reference="ONE")
    await mission(tenant, await tenant.contact("B"), reference="TWO")
    await mission(other_tenant, await other_tenant.contact(), reference="THEIRS")

    found = await tenant.ask("{ missions { nodes { reference } facets { value count } } }")

    assert found["missions"] == {
        "nodes": [{"reference": "TWO"}, {"reference": "ONE"}],
        "facets": [{"value": "NEW", "count": 2}],
    }


async def test_r010_missions_of_many_contacts_cost_the_statements_of_one(tenant: Tenant) -> None:
    query = """query($ids: [ID!]!) { contactsById(ids: $ids) { name
      missions(first: 2, scope: {descendants: {all: true}}) { totalCount facets { value count }
        nodes { reference nextStatuses type { name } statusHistory { after byName } } } } }"""
    ids = [await tenant.contact(f"Site {n}") for n in range(9)]
    for contact in ids:
        await mission(tenant, contact)
    await tenant.ask(query, ids=ids[:1])
    for_one = tenant.statements

    await tenant.ask(query, ids=ids)

    assert tenant.statements == for_one


async def test_r035_the_overview_has_the_recent_missions_newest_first(tenant: Tenant) -> None:
    contact = await tenant.contact()
    for n in range(12):
        await mission(tenant, contact, reference=f"R{n:02}")
    async with tenant.session() as session:
        await session.execute(
            text(
                "update missions_mission set updated_at = now() - interval '32 days' "
                "where reference = 'R11'"
            )
        )

    query = """query($id: ID!, $days: Int) { contact(id: $id) { overview {
      recentMissions(days: $days) { hasMore nodes { reference } } } } }"""
    found = await tenant.ask(
        query.replace(", $days: Int", "").replace("(days: $days)", ""), id=contact
    )
    longer = await tenant.ask(query, id=contact, days=60)

    recent = found["contact"]["overview"]["recentMissions"]
    assert [n["reference"] for n in recent["nodes"]] == [f"R{n:02}" for n in range(10, 0, -1)]
    assert recent["hasMore"] is True
    assert longer["contact"]["overview"]["recentMissions"]["nodes"][-1] == {"reference": "R01"}


async def activity(tenant: Tenant, contact: str) -> tuple[int, Decimal, bool]:
    async with tenant.session() as session:
        row = await session.scalar(
            select(ContactActivity).where(ContactActivity.contact_id == key_in(contact))
        )
        newest = await session.scalar(
            text("select max(updated_at) from missions_mission where contact_id = :id"),
            {"id": key_in(contact)},
        )
        assert row is not None
        return row.mission_count, row.amount_excl_tax, row.last_mission_at == newest


async def test_the_roll_up_of_a_contact_is_kept_by_every_write(tenant: Tenant) -> None:
    contact = await tenant.contact()
    one = await mission(tenant, contact, amountExclTax="100.10")
    assert await activity(tenant, contact) == (1, Decimal("100.10"), True)

    await mission(tenant, contact, plannedStart=TOMORROW)
    await tenant.do("missionUpdate", id=one["id"], amountExclTax="70.05")
    assert await activity(tenant, contact) == (2, Decimal("70.05"), True)

    await move(tenant, one["id"], "UNSCHEDULED")
    await tenant.do("missionUpdate", id=one["id"], plannedStart=TOMORROW)
    await tenant.do("missionUpdate", id=one["id"], plannedStart=LATER)
    assert await activity(tenant, contact) == (2, Decimal("70.05"), True)

    await tenant.do("missionUpdate", id=one["id"], amountExclTax=None)
    await tenant.refused("missionUpdate", id=one["id"], amountExclTax="5", plannedEnd=TOMORROW)
    assert await activity(tenant, contact) == (2, Decimal("0.00"), True)


async def test_r004_open_missions_keep_a_contact_from_being_archived(tenant: Tenant) -> None:
    contact = await tenant.contact()
    made = await mission(tenant, contact, plannedStart=TOMORROW)

    assert await tenant.refused("contactArchive", id=contact) == [("OPEN_MISSIONS", "force")]
    await move(tenant, made["id"], "STARTED", "COMPLETED_OK")
    await tenant.do("contactArchive", id=contact)

    assert await tenant.refused(
        "missionCreate", contactId=contact, typeId=await mission_type(tenant)
    ) == [("CONTACT_ARCHIVED", "contactId")]


async def test_r004_a_contact_with_open_missions_is_archived_by_force(tenant: Tenant) -> None:
    contact = await tenant.contact()
    await mission(tenant, contact)

    await tenant.do("contactArchive", id=contact, force=True, reason="Sold")

    found = await tenant.ask("query($id: ID!) { contact(id: $id) { archiveReason } }", id=contact)
    assert found["contact"] == {"archiveReason": "Sold"}


async def test_mission_types_have_a_name_of_their_own_and_a_colour(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    made = await tenant.do(
        "missionTypeCreate", "missionType { id version }", name=" Entretien ", colour="#1D4ED8"
    )
    key = made["missionType"]["id"]

    refused = tenant.refused
    assert await refused("missionTypeCreate", name="ENTRETIEN", colour="#000000") == [
        ("NAME_TAKEN", "name")
    ]
    assert await refused("missionTypeCreate", name=" ", colour="#000000") == [
        ("NAME_EMPTY", "name")
    ]
    assert await refused("missionTypeUpdate", id=key, colour="red") == [
        ("COLOUR_INVALID", "colour")
    ]
    assert await other_tenant.refused("missionTypeUpdate", id=key, name="X") == [
        ("NOT_FOUND", "id")
    ]
    await tenant.do("missionTypeUpdate", id=key, name="Maintenance", version=1)

    found = await tenant.ask("{ missionTypes { nodes { name colour version } } }")
    assert found["missionTypes"]["nodes"] == [
        {"name": "Maintenance", "colour": "#1d4ed8", "version": 2}
    ]


async def test_missions_are_seen_by_those_who_may(tenant: Tenant) -> None:
    contact = await tenant.contact()
    await mission(tenant, contact)

    answer = await tenant.without("missions.read").answer(
        "query($id: ID!) { contact(id: $id) { name missions { totalCount } } }", id=contact
    )

    assert answer["data"] == {"contact": {"name": "Dalkia", "missions": None}}
    assert [(e["path"], e["extensions"]["code"]) for e in answer["errors"]] == [
        (["contact", "missions"], "FORBIDDEN")
    ]
