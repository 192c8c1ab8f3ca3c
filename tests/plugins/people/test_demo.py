"""The people of the demo: every contact has somebody, the same ones each time."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from core.contacts.models import Contact
from gateway import background
from gateway.backstage import Backstage
from plugins.people.demo import BULK, story
from tests.cast import Tenant
from tests.plugins.people.cast import contact, persons

PEOPLE = "{ persons(first: 100) { nodes { fullName mobileE164 isPrimary contact { name } } } }"


async def told(tenant: Tenant, count: int) -> Any:
    """The persons of a tenant whose contacts the story was told for, twice."""
    for number in range(count):
        await contact(tenant, f"C{number:02}")
    for _ in range(2):
        async with tenant.session() as session:
            rows = await session.scalars(select(Contact).order_by(Contact.name_key))
            await story(session, {row.name: row for row in rows})
    nodes = (await tenant.ask(PEOPLE))["persons"]["nodes"]
    # People of one name come in the order of their ids, which no two tenants share.
    return sorted(nodes, key=str)


async def test_the_story_is_the_same_for_every_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    found = await told(tenant, 45)

    assert found == await told(other_tenant, 45)
    assert len({person["contact"]["name"] for person in found}) == 45
    assert {len(p["mobileE164"]) for p in found} == {12}


async def test_the_large_set_gives_each_contact_somebody_and_every_third_two(
    tenant: Tenant,
) -> None:
    sites = [await contact(tenant, f"C{number}") for number in range(6)]

    async with tenant.session() as session:
        for statement in BULK:
            await session.execute(text(statement), {"tenant": session.tenant_id})

    found = [await persons(tenant, site) for site in sites]
    assert [len(one) for one in found] == [1, 1, 2, 1, 1, 2]
    assert all(sum(one.values()) == 1 for one in found)


async def test_the_demo_has_a_ledger_a_marking_and_the_certificate_of_somebody_erased(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tenant.house.settings
    monkeypatch.setattr("plugins.people.jobs.get_settings", lambda: settings)
    await told(tenant, 40)

    async with Backstage.open(settings, tenant.house.modules) as backstage:
        found = await backstage.tenant(tenant.id)
        assert found is not None
        while await background.work(backstage, found):
            pass

    shown = await tenant.ask(
        "{ erasures(first: 2) { nodes { sections { table } } } consentMarkings(first: 2) { nodes "
        "{ state markedCount } } persons(where: {erased: true}) { nodes { contact { id } } } }"
    )
    assert [s["table"] for s in shown["erasures"]["nodes"][0]["sections"]][:3] == [
        "people_person", "people_person_search", "people_consent",
    ]  # fmt: skip
    assert shown["consentMarkings"]["nodes"] == [{"state": "MARKED", "markedCount": 21}]
    assert shown["persons"]["nodes"] == [{"contact": None}]
