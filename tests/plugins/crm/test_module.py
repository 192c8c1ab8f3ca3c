"""The module as a whole: switched off, drawn in charts, told in the demo."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text

from core.charts.services import draw
from core.contacts.models import Contact
from core.kit.jobs import business_day
from plugins.crm.demo import BULK, story
from plugins.crm.models import Flag, Note, NoteCounter, Opportunity, StageChange, Suspension
from tests.cast import House, Tenant

TREE = (("Siège", None), ("Agence", "Siège"), ("Groupe", None), ("Chantier", "Groupe"))


async def contacts(tenant: Tenant) -> dict[str, Any]:
    ids: dict[str, str] = {}
    for name, parent in TREE:
        ids[name] = await tenant.contact(name, **({"parent": ids[parent]} if parent else {}))
    async with tenant.session() as session:
        rows = {row.name: row for row in await session.scalars(select(Contact))}
    return {name: rows[name] for name, _ in TREE}


async def counts(tenant: Tenant, *models: Any) -> list[int]:
    async with tenant.session() as session:
        return [
            int(await session.scalar(select(func.count()).select_from(model)) or 0)
            for model in models
        ]


async def test_a_tenant_without_the_module_has_none_of_its_fields(house: House) -> None:
    tenant = await house.tenant(modules=frozenset({"core"}))
    contact = await tenant.contact()

    for field in ("flag { text }", "isSuspended", "notes { totalCount }", "overview { name }"):
        answer = await tenant.answer(
            f"query($id: ID!) {{ contact(id: $id) {{ {field} }} }}", id=contact
        )
        assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_the_story_flags_a_head_office_suspends_a_group_and_fills_every_file(
    tenant: Tenant,
) -> None:
    told = await contacts(tenant)

    async with tenant.session() as session:
        await story(session, told)

    page = """{ contacts { nodes { name isSuspended effectiveFlags { text distance }
      opportunities { totalCount } overview { recentNotes { nodes { reference } } } } } }"""
    found = {c["name"]: c for c in (await tenant.ask(page))["contacts"]["nodes"]}
    flag = "Toujours appeler le gardien avant d'entrer"
    assert found["Siège"]["effectiveFlags"] == [{"text": flag, "distance": 0}]
    assert found["Agence"]["effectiveFlags"] == [{"text": flag, "distance": 1}]
    assert {name for name, c in found.items() if c["isSuspended"]} == {"Groupe", "Chantier"}
    assert {c["opportunities"]["totalCount"] for c in found.values()} == {1}
    assert any(c["overview"]["recentNotes"]["nodes"] for c in found.values())
    assert (await counts(tenant, Note, Opportunity))[1] == 4


async def test_the_large_set_has_three_notes_and_an_opportunity_for_each_contact(
    tenant: Tenant,
) -> None:
    await contacts(tenant)
    async with tenant.session() as session:
        given = {"tenant": tenant.id, "now": session.now}
        for statement in (*BULK, *BULK):  # the second time, nothing is empty any more
            await session.execute(text(statement), given)

    numbers = await counts(tenant, Note, Opportunity, StageChange, Flag, Suspension)
    assert numbers == [12, 4, 4, 0, 0]
    async with tenant.session() as session:
        references = list(await session.scalars(select(Note.reference).order_by(Note.reference)))
        last = await session.scalar(select(NoteCounter.last))
    assert references == [f"N-{number:06}" for number in range(1, 13)]
    assert last == 12


async def test_r036_charts_count_notes_and_add_up_opportunities_by_status(
    tenant: Tenant,
) -> None:
    contact = await tenant.contact()
    call = (await tenant.do("noteTypeCreate", "noteType { id }", name="Call"))["noteType"]["id"]
    made = []
    for subject in ("one", "two", "three"):
        given = {"contactId": contact, "typeId": call, "subject": subject}
        made.append((await tenant.do("noteCreate", "note { id }", **given))["note"]["id"])
    await tenant.do("noteComplete", id=made[0])
    for value in ("100.10", "0.90"):
        await tenant.do("opportunityCreate", contactId=contact, name="x", valueExclTax=value)

    async with tenant.session() as session:
        sources = tenant.house.modules.only({"crm"}).chart_sources()
        paris = ZoneInfo("Europe/Paris")
        to_come = business_day(session.now, paris) + timedelta(days=1)
        await draw(session, sources, to_come, paris)

    shown = """query($id: ID!) { contact(id: $id) { overview { charts {
      notes { keys values } opportunities { keys values } } } } }"""
    charts = (await tenant.ask(shown, id=contact))["contact"]["overview"]["charts"]
    assert {kind: totals(chart) for kind, chart in charts.items()} == {
        "notes": {"OPEN": Decimal(2), "COMPLETED": Decimal(1)},
        "opportunities": {"NEW": Decimal("101.00")},
    }


def totals(chart: dict[str, Any]) -> dict[str, Decimal]:
    """What each series adds up to over all days; those without anything are left out."""
    sums = [sum(map(Decimal, values), Decimal(0)) for values in chart["values"]]
    return {key: total for key, total in zip(chart["keys"], sums, strict=True) if total}
